"""The small copy of a whole frame that trimap propagation and the context path work on."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stfam.core.network.deform import is_plain

LONG_SIDE = 512
MULTIPLE = 32


def proxy_size(frame_size: tuple[int, int], long_side: float = LONG_SIDE) -> tuple[int, int]:
    """(h, w) of a frame's proxy: the long side at most 512, or as told, both multiples of 32, never under 32."""
    scale = min(1.0, long_side / max(frame_size))
    height, width = (max(MULTIPLE, round(side * scale / MULTIPLE) * MULTIPLE) for side in frame_size)
    return height, width


def shrink_image(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Area-averaged copy: (B, C, H, W) -> (B, C, h, w)."""
    if is_plain(image) and not image.requires_grad:
        from stfam.core.network.area_cpu import average

        return average(image, size)
    return F.interpolate(image, size=size, mode="area")


def shrink_trimap(trimap: Tensor, size: tuple[int, int]) -> Tensor:
    """Trimap at proxy size: (B, 1, H, W) uint8 -> (B, 1, h, w) uint8; known only where all that it covers is."""
    background, _, foreground = trimap_probabilities(trimap, size).split(1, 1)
    known = torch.where(foreground > 0.999, 255, 128)
    return torch.where(background > 0.999, 0, known).to(torch.uint8)


def trimap_probabilities(trimap: Tensor, size: tuple[int, int]) -> Tensor:
    """Shares of background, unknown and foreground: (B, 1, H, W) uint8 -> (B, 3, h, w)."""
    if trimap.device.type == "cpu":
        from stfam.core.network.area_cpu import label_shares

        return label_shares(trimap, size)
    one_hot = torch.cat([trimap == 0, trimap == 128, trimap == 255], 1).float()
    return F.interpolate(one_hot, size=size, mode="area")
