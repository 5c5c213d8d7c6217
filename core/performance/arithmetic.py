"""The arithmetic that a piece of work does, and how much of it this machine can do in a second."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from stfam.core.engine.precision import inference

PEAK_CHANNELS = 64
PEAK_SIZE = (136, 240)
"""Stride 8 of 1920x1080: large enough for every core, small enough for the cache."""

FUSED_ATTENTION = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
"""Which torch's counter does not know."""


@dataclass
class Count:
    """Floating point operations of convolutions and matrix products."""

    operations: float = 0.0

    @property
    def gflop(self) -> float:
        """10^9 operations; a multiplication and an addition are two."""
        return self.operations / 1e9


def _attention_flop(query: Any, key: Any, value: Any, *rest: Any, **more: Any) -> int:
    """Of the two products; shapes (B, heads, N, C) come in the places of tensors."""
    batch, heads, asked, width = query
    return int(2 * batch * heads * asked * key[2] * (width + value[3]))


def _convolution_flop(x: Any, *rest: Any, out_shape: Any, **more: Any) -> int:
    """Of a convolution, with another picture added or without; shapes come in the places of tensors.

    (B, C, H, W), the other picture's if there is one, (O, C / groups, k, k), and the bias's or None.
    """
    weight = rest[0] if rest[1] is None or len(rest[1]) == 1 else rest[1]
    return int(2 * math.prod(weight) * out_shape[0] * out_shape[2] * out_shape[3])


@contextmanager
def counted() -> Iterator[Count]:
    """Counts what runs inside. Gathers, blends, normalisations and spatial attention, which is compiled, are not."""
    count = Count()
    unknown: dict[Any, Callable[..., int]] = {FUSED_ATTENTION: _attention_flop}
    if torch.backends.mkldnn.is_available():
        unknown[torch.ops.mkldnn._convolution_pointwise] = _convolution_flop
    counter = FlopCounterMode(display=False, custom_mapping=unknown)
    with counter:
        yield count
    count.operations = float(counter.get_total_flops())


@dataclass
class Peak:
    """The machine's own convolution speed, 64 to 64 channels, 3x3, channels last, measured between other work.

    In the precision that the networks run in on the device.
    """

    device: torch.device
    gflops: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        shape = (1, PEAK_CHANNELS, *PEAK_SIZE)
        self._x = torch.rand(shape, device=self.device).contiguous(memory_format=torch.channels_last)
        weight = torch.rand(PEAK_CHANNELS, PEAK_CHANNELS, 3, 3, device=self.device)
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        self._work = 2.0 * weight.numel() * PEAK_SIZE[0] * PEAK_SIZE[1] / 1e9

    def measure(self, repeats: int = 5) -> None:
        """Take some more measurements; the first convolution of each series only warms up."""
        with inference(self.device):
            for index in range(repeats + 1):
                seconds = elapsed(lambda: F.conv2d(self._x, self._weight, padding=1), self.device)
                if index:
                    self.gflops.append(self._work / seconds)

    @property
    def gflop_per_second(self) -> float:
        """The best that was measured: the limit."""
        return max(self.gflops)

    @property
    def typical(self) -> float:
        """The median, which tells whether the machine was busy."""
        return statistics.median(self.gflops)


def elapsed(act: Callable[[], object], device: torch.device) -> float:
    """Seconds of `act`, with what it left to the device."""
    _finish(device)
    started = time.perf_counter()
    act()
    _finish(device)
    return time.perf_counter() - started


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
