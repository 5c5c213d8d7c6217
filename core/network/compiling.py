"""How the loops that torch has no operator for are compiled for a CPU, by Numba.

Arrays are flat and channels last, so that the innermost loops run over the channels of one pixel and vectorise. The
kernels let go of the interpreter lock: callers share positions, rows or images out to threads. Compiled code is kept on
disk, and made again when a kernel's own file or its options change, not when a kernel does that it calls from another
file; the first import on a machine takes a few seconds longer. Each kind of processor has files of its own, as machines
that share a folder may write at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
import torch
from numba.core.caching import FunctionCache
from numba.core.registry import cpu_target
from torch import Tensor

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def compiled(signature: str | None = None, *, reordered: bool = False) -> Callable[[_Kernel], _Kernel]:
    """Decorator of a kernel; at once where a signature is given, else within the kernels that call it.

    Args:
        signature: in Numba's words.
        reordered: let sums be added in any order. Freshly compiled code and what is kept of it may then round
            differently: for training alone, as equal mattes are equal bytes.
    """
    # Without "nnan": positions that are not numbers have to fail comparisons, or they would index anywhere.
    relaxed = {"contract", "nsz"} | ({"reassoc"} if reordered else set())
    options: dict[str, Any] = {"nogil": True, "fastmath": relaxed, "error_model": "numpy"}
    terms = {**options, "fastmath": sorted(relaxed)}, cpu_target.target_context.codegen().magic_tuple()
    made_with = hashlib.sha256(repr(terms).encode()).hexdigest()[:8]

    def decorate(function: _Kernel) -> _Kernel:
        # Numba finds what it kept by file, name and code, whatever the options: so they are a part of the name.
        function.__qualname__ += f"_{made_with}"
        decorator = partial(numba.njit, signature, **options)
        if signature is None:  # kept as a part of those that call it
            return cast(_Kernel, decorator()(function))
        try:
            return cast(_Kernel, decorator(cache=True)(function))
        except Exception:  # no folder that can be written to, a full disk, a damaged file; a wrong kernel fails again
            with suppress(OSError, RuntimeError):
                cast(Any, FunctionCache)(function).flush()  # what is damaged is made anew by the next process
            return cast(_Kernel, decorator()(function))

    return decorate


def rows_of(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, H * W, C), no copy for channels last."""
    return x.permute(0, 2, 3, 1).contiguous().flatten(1, 2)


def flat(x: Tensor) -> npt.NDArray[np.float32]:
    """A contiguous tensor as the kernels take it."""
    return x.detach().numpy().reshape(-1)


def shares(count: int) -> list[tuple[int, int]]:
    """Stretches (first, one past the last) of `count` pieces of work, one for each thread."""
    size = max(1, -(-count // torch.get_num_threads()))
    return [(first, min(first + size, count)) for first in range(0, count, size)]


def shared_out(pool: ThreadPoolExecutor, rows: int, work: Callable[[int, int], None]) -> None:
    """Do the work on the rows first .. last - 1 of all, shared out to threads; this one does the first share."""
    own, *others = shares(rows) or [(0, 0)]
    pending = [pool.submit(work, *part) for part in others]
    work(*own)
    for part in pending:
        part.result()
