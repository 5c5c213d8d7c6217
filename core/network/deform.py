"""Modulated deformable convolution (Zhu et al., "Deformable ConvNets v2"), fast on a CPU in both directions.

Offsets and borders are torchvision's, whose own operator gathers one value at a time on the CPU: (dy, dx) for each tap,
zero outside the image. On a CPU in float32 the work is done by `deform_cpu`; other devices and types take the taps by
one bilinear `grid_sample`, and the weights as one convolution over channels and taps.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def deform_conv2d(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Deformable convolution of stride 1 that keeps the size.

    Args:
        x: (B, C, H, W).
        offset: (B, 2 * K, H, W), dy and dx of each tap in pixels, taps in row order.
        mask: (B, K, H, W), a factor for each tap.
        weight: (O, C, k, k), K = k * k, k odd.
        bias: (O,).

    Returns:
        (B, O, H, W).

    Raises:
        ValueError: shapes that do not belong together.
    """
    outputs, channels, kernel, _ = weight.shape
    taps = kernel * kernel
    if offset.shape[1] != 2 * taps or mask.shape[1] != taps or x.shape[1] != channels:
        raise ValueError(
            f"A {kernel}x{kernel} deformable convolution of {channels} channels needs {2 * taps} offsets and {taps} "
            f"masks; got {x.shape[1]} channels, {offset.shape[1]} offsets and {mask.shape[1]} masks."
        )
    if all(is_plain(tensor) for tensor in (x, offset, mask, weight)):
        from stfam.core.network.deform_cpu import DeformableProduct, taps_matrix

        x, matrix = taps_matrix(x, weight)
        product: Tensor = DeformableProduct.apply(x, offset, mask, matrix, bias, kernel)
        return product
    sampled = _sample_taps(x, offset, kernel) * mask[:, None]
    return F.conv2d(sampled.flatten(1, 2), weight.flatten(2).reshape(outputs, channels * taps, 1, 1), bias)


def shift(x: Tensor, motion: Tensor) -> Tensor:
    """Values of x (B, C, H, W) at positions moved by `motion` (B, 2, H, W), dy and dx in pixels; zero outside."""
    if not (is_plain(x) and is_plain(motion)):
        return _sample_taps(x, motion, 1)[:, :, 0]
    from stfam.core.network.deform_cpu import DeformableProduct

    moved: Tensor = DeformableProduct.apply(x, motion, torch.ones_like(motion[:, :1]), None, None, 1)
    return moved


def is_plain(tensor: Tensor) -> bool:
    """Whether the compiled kernels take it: float32 on the CPU."""
    return tensor.device.type == "cpu" and tensor.dtype == torch.float32


def _sample_taps(x: Tensor, offset: Tensor, kernel: int) -> Tensor:
    """Bilinear values at every tap: (B, C, H, W), (B, 2 * K, H, W) -> (B, C, K, H, W)."""
    batch, _, height, width = x.shape
    taps, reach = kernel * kernel, kernel // 2
    moved = offset.to(torch.promote_types(x.dtype, torch.float32)).unflatten(1, (taps, 2))
    index = torch.arange(taps, device=x.device)
    rows = torch.arange(height, device=x.device).reshape(1, 1, -1, 1) + (index // kernel - reach).reshape(1, -1, 1, 1)
    columns = torch.arange(width, device=x.device).reshape(1, 1, 1, -1) + (index % kernel - reach).reshape(1, -1, 1, 1)
    # grid_sample without align_corners: -1 and 1 are the outer edges of the first and the last pixel.
    across = (2 * (columns + moved[:, :, 1]) + 1) / width - 1
    down = (2 * (rows + moved[:, :, 0]) + 1) / height - 1
    grid = torch.stack([across, down], -1).reshape(batch, taps * height, width, 2)
    # in float32: half a number's digits would move positions by a tenth of a pixel
    with torch.autocast(x.device.type, enabled=False):
        sampled = F.grid_sample(x.to(grid.dtype), grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return sampled.unflatten(2, (taps, height)).to(x.dtype)
