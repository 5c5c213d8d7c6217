"""Push-pull diffusion of the known foreground and background colours into the unknown region.

Pull: premultiplied colours and their weights are averaged down a pyramid. Push: each finer level keeps what it knows
and takes the rest from below (Gortler et al., "The Lumigraph", section 3.4, on two layers).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def diffuse(image: Tensor, trimap: Tensor) -> Tensor:
    """Foreground and background colours of a whole frame.

    Args:
        image: (B, 3, h, w).
        trimap: (B, 1, h, w) uint8 in {0, 128, 255}.

    Returns:
        (B, 6, h, w): foreground colour, background colour. Mid grey where a layer is nowhere known.
    """
    foreground = _push_pull(image, (trimap == 255).to(image.dtype))
    background = _push_pull(image, (trimap == 0).to(image.dtype))
    return torch.cat([foreground, background], 1)


def project(image: Tensor, colours: Tensor) -> Tensor:
    """Where each pixel lies on the line between the two diffused colours.

    Args:
        image: (B, 3, H, W).
        colours: (B, 6, H, W) of `diffuse`.

    Returns:
        (B, 3, H, W): projected alpha in [0, 1], colour distance between the layers, distance of the pixel to the line.
    """
    foreground, background = colours.chunk(2, 1)
    line = foreground - background
    offset = image - background
    squared = (line * line).sum(1, keepdim=True)
    alpha = ((offset * line).sum(1, keepdim=True) / (squared + 1e-3)).clamp(0, 1)
    residual = (offset - alpha * line).abs().sum(1, keepdim=True)
    return torch.cat([alpha, squared.clamp_min(1e-12).sqrt(), residual], 1)


def _push_pull(image: Tensor, weight: Tensor) -> Tensor:
    levels = [torch.cat([image * weight, weight], 1)]
    while min(levels[-1].shape[-2:]) > 1:
        levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True, count_include_pad=False))
    colour = torch.full_like(levels[-1][:, :3], 0.5)
    for level in reversed(levels):
        colour = F.interpolate(colour, size=level.shape[-2:], mode="bilinear", align_corners=False)
        known = level[:, 3:]
        solidity = (known * 4).clamp(max=1)
        colour = torch.lerp(colour, level[:, :3] / known.clamp_min(1e-6), solidity)
    return colour
