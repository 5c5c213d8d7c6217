"""What a matting network costs: parameters, multiply-accumulates and milliseconds for one frame of a sequence."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stfam.core.network.box import Box
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.proxy import proxy_size, shrink_image, shrink_trimap
from stfam.core.performance.arithmetic import counted, elapsed

REPEATS = 3


@dataclass(frozen=True)
class Cost:
    """Of one frame in the middle of a sequence: encoded once, decoded with its whole window."""

    parameters: int
    """All of them, the frozen encoder's included."""
    gmac: float
    """Convolutions and matrix products, in 10^9; gathers are not counted."""
    milliseconds: float
    """Median of a few runs."""


def matting_cost(network: MattingNetwork, size: tuple[int, int], repeats: int = REPEATS) -> Cost:
    """Measure a network on its own device.

    Args:
        network: in eval mode; its kernels are laid out with channels last, as in use.
        size: (H, W) of the frame, multiples of 32, all of it unknown but a border.
        repeats: runs that are timed.
    """
    network.to(memory_format=torch.channels_last)
    device = next(network.parameters()).device
    frame = _frame_work(network, size, device)
    with torch.inference_mode():
        with counted() as count:
            frame()
        seconds = statistics.median(elapsed(frame, device) for _ in range(repeats))
    parameters = sum(p.numel() for p in network.parameters())
    return Cost(parameters, count.gflop / 2, seconds * 1000)


def _frame_work(network: MattingNetwork, size: tuple[int, int], device: torch.device) -> Callable[[], Tensor]:
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0)).to(device)
    trimap = torch.full((1, 1, *size), 128, dtype=torch.uint8, device=device)
    trimap[..., :8], trimap[..., -8:] = 0, 255
    proxy = proxy_size(size)

    def work() -> Tensor:
        context = network.context(shrink_image(image, proxy), shrink_trimap(trimap, proxy))
        features = network.encode(image, trimap, context, Box(0, 0, *size), size)
        return network.decode([features] * (2 * network.config.window + 1))

    return work
