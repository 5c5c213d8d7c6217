"""The arithmetic that a piece of work does, and how much of it this machine can do in a second."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from stfam.core.engine.precision import inference
from stfam.core.network import aggregation_cpu
from stfam.core.network.deform_cpu import DeformableProduct

PEAK_CHANNELS = 64
PEAK_SIZE = (136, 240)
"""Stride 8 of 1920x1080: large enough for every core, small enough for the cache."""

FUSED_ATTENTION = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
"""Which torch's counter does not know."""


@dataclass
class Count:
    """Floating point operations of convolutions and matrix products, the compiled ones included."""

    plain: float = 0.0
    compiled: float = 0.0

    @property
    def gflop(self) -> float:
        """10^9 operations; a multiplication and an addition are two."""
        return (self.plain + self.compiled) / 1e9


def _attention_flop(query: Any, key: Any, value: Any, *rest: Any, **more: Any) -> int:
    """Of the two products; shapes (B, heads, N, C) come in the places of tensors."""
    batch, heads, asked, width = query
    return int(2 * batch * heads * asked * key[2] * (width + value[3]))


def _convolution_flop(x: Any, weight: Any, *rest: Any, out_shape: Any, **more: Any) -> int:
    """Of a convolution; shapes (B, C, H, W) and (O, C / groups, k, k) come in the places of tensors."""
    return int(2 * math.prod(weight) * out_shape[0] * out_shape[2] * out_shape[3])


@contextmanager
def counted() -> Iterator[Count]:
    """Counts what runs inside. Gathers, blends and normalisations are not arithmetic of the network's and not counted.

    The compiled deformable convolution and temporal fusion multiply on threads of their own, out of the counter's
    sight: their products are counted by their shapes.
    """
    count = Count()
    forward, fused = DeformableProduct.forward, aggregation_cpu.fused

    def product(ctx: Any, x: Any, offset: Any, mask: Any, matrix: Any, bias: Any, kernel: int) -> Any:
        if matrix is not None:
            count.compiled += 2.0 * matrix.numel() * x.shape[0] * x.shape[2] * x.shape[3]
        with torch.utils._python_dispatch._disable_current_modes():
            return forward(ctx, x, offset, mask, matrix, bias, kernel)

    def fusion(aligned: Any, weights: Any, fuse: Any, spatial: Any) -> Any:
        positions = aligned.shape[0] * aligned.shape[3] * aligned.shape[4]
        count.compiled += 2.0 * (fuse.weight.numel() + spatial.weight.numel()) * positions
        with torch.utils._python_dispatch._disable_current_modes():
            return fused(aligned, weights, fuse, spatial)

    unknown: dict[Any, Callable[..., int]] = {FUSED_ATTENTION: _attention_flop}
    if torch.backends.mkldnn.is_available():
        unknown[torch.ops.mkldnn._convolution_pointwise] = _convolution_flop
    counter = FlopCounterMode(display=False, custom_mapping=unknown)
    with (
        mock.patch.object(DeformableProduct, "forward", staticmethod(product)),
        mock.patch.object(aggregation_cpu, "fused", fusion),
        counter,
    ):
        yield count
    count.plain = float(counter.get_total_flops())


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
