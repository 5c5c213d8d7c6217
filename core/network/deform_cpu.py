"""Deformable convolution on a CPU: taps gathered a whole pixel at a time, weights as a matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from stfam.core.network.deform_kernel import gather, scatter

STRETCH_BYTES = 2**24
"""About as many gathered bytes are multiplied at a time: little enough for the cache, enough to join threads seldom."""

_Flat = npt.NDArray[np.float32]


class DeformableProduct(torch.autograd.Function):
    """Gathered taps times a matrix. What was gathered is not kept for the gradient, but gathered again."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, offset: Tensor, mask: Tensor, matrix: Tensor | None, kernel: int) -> Tensor:
        """See `deform.deform_conv2d`.

        Args:
            ctx: of autograd.
            x: (B, C, H, W) float32 on the CPU, as the others.
            offset: (B, 2 * K, H, W).
            mask: (B, K, H, W).
            matrix: (K * C, O); the identity, for one tap, when None.
            kernel: k.

        Returns:
            (B, O, H, W), channels last.
        """
        ctx.save_for_backward(x, offset, mask, matrix)
        ctx.kernel = kernel
        batch, channels, height, width = x.shape
        taps = _Taps(x, offset, mask, kernel)
        out = torch.empty(batch, height * width, channels if matrix is None else matrix.shape[1])
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            for image in range(batch):
                if matrix is None:
                    taps.gather(pool, image, 0, height * width, out[image])
                else:
                    taps.multiply(pool, image, matrix, out[image])
        return out.reshape(batch, height, width, -1).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, offset, mask and matrix."""
        x, offset, mask, matrix = ctx.saved_tensors
        taps = _Taps(x, offset, mask, ctx.kernel)
        grad = _rows(grads[0])
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            found = taps.gradients(pool, grad, matrix)
            weights = None if matrix is None else taps.matrix_gradient(pool, grad, matrix)
        size = (x.shape[2], x.shape[3])
        return *(part.unflatten(1, size).permute(0, 3, 1, 2) for part in found), weights, None


class _Taps:
    """Inputs of one call as the kernels read them."""

    def __init__(self, x: Tensor, offset: Tensor, mask: Tensor, kernel: int) -> None:
        self.kernel = kernel
        self.channels, self.height, self.width = x.shape[1:]
        self.x, self.offset, self.mask = (_rows(tensor.detach()) for tensor in (x, offset, mask))

    @property
    def row(self) -> int:
        """Gathered values of one position."""
        return self.kernel * self.kernel * self.channels

    def gather(self, pool: ThreadPoolExecutor, image: int, start: int, stop: int, out: Tensor) -> None:
        """Gather positions start .. stop - 1 of an image into (stop - start, K * C), shared out to threads."""
        shape = self.height, self.width, self.channels, self.kernel
        x, offset, mask = (_flat(part[image]) for part in (self.x, self.offset, self.mask))
        share = -(-(stop - start) // torch.get_num_threads())
        pending = []
        for first in range(start, stop, share):
            last = min(first + share, stop)
            target = _flat(out[first - start : last - start])
            pending.append(pool.submit(gather, x, *shape, offset, mask, first, last, target))
        for work in pending:
            work.result()

    def multiply(self, pool: ThreadPoolExecutor, image: int, matrix: Tensor, out: Tensor) -> None:
        """Gather and multiply stretch by stretch: an image's taps are never held as a whole."""
        weight = matrix.T[:, :, None, None]
        for start, into in self._stretches():
            stop = start + len(into)
            self.gather(pool, image, start, stop, into)
            out[start:stop] = _rows(F.conv2d(self._picture(into), weight))[0]

    def matrix_gradient(self, pool: ThreadPoolExecutor, grad: Tensor, matrix: Tensor) -> Tensor:
        """(B, H * W, O) -> (K * C, O)."""
        total = torch.zeros_like(matrix)
        for image in range(len(grad)):
            for start, into in self._stretches():
                stop = start + len(into)
                self.gather(pool, image, start, stop, into)
                total.addmm_(into.T, grad[image, start:stop])
        return total

    def gradients(self, pool: ThreadPoolExecutor, grad: Tensor, matrix: Tensor | None) -> Sequence[Tensor]:
        """(B, H * W, O) -> gradients of x, offset and mask as rows; each thread has an image of its own."""
        found = torch.zeros_like(self.x), torch.empty_like(self.offset), torch.empty_like(self.mask)
        shape = self.height, self.width, self.channels, self.kernel
        threads = torch.get_num_threads()
        for first in range(0, len(grad), threads):
            pending = []
            for image in range(first, min(first + threads, len(grad))):
                taps = grad[image] if matrix is None else grad[image] @ matrix.T
                sources = [_flat(part[image]) for part in (self.offset, self.mask, self.x)]
                targets = [_flat(part[image]) for part in found]
                pending.append(pool.submit(scatter, _flat(taps), *shape, *sources, *targets))
            for work in pending:
                work.result()
        return found

    def _picture(self, rows: Tensor) -> Tensor:
        """(h * W, K * C) -> (1, K * C, h, W), no copy: convolutions are faster than matrix products on some CPUs."""
        return rows.reshape(1, -1, self.width, self.row).permute(0, 3, 1, 2)

    def _stretches(self) -> list[tuple[int, Tensor]]:
        """Whole lines of the image: the first position of each stretch, and where its taps go."""
        positions = self.height * self.width
        lines = max(1, STRETCH_BYTES // (4 * self.row * self.width))
        length = min(positions, lines * self.width)
        buffer = torch.empty(length, self.row)
        return [(start, buffer[: min(length, positions - start)]) for start in range(0, positions, length)]


def _rows(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, H * W, C), no copy for channels last."""
    return x.permute(0, 2, 3, 1).contiguous().flatten(1, 2)


def _flat(x: Tensor) -> _Flat:
    return x.detach().numpy().reshape(-1)
