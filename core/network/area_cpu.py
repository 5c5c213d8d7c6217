"""Area-averaged pictures on a CPU: the kernels' work, an image of a batch at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from stfam.core.network.area_kernel import LABELS, averaged, shared_by_labels


def average(image: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, C, H, W) float32 -> (B, C, h, w)."""
    batch, channels, height, width = image.shape
    out = torch.empty(batch, channels, *size)
    lines = image.permute(0, 2, 3, 1).reshape(batch, height, width * channels).contiguous()
    for one, into in zip(lines, out):
        averaged(one.numpy(), channels, into.numpy())
    return out


def label_shares(trimap: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, 1, H, W) uint8 -> (B, 3, h, w)."""
    out = torch.empty(len(trimap), LABELS, *size)
    for one, into in zip(trimap[:, 0].contiguous(), out):
        shared_by_labels(one.numpy(), into.numpy())
    return out
