"""Push-pull diffusion of the known foreground and background colours into the unknown region.

Pull: premultiplied colours and their weights are averaged down a pyramid. Push: each finer level keeps what it knows
and takes the rest from below (Gortler et al., "The Lumigraph", section 3.4, on two layers).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stfam.core.network.backdrop import Backdrop
from stfam.core.network.deform import is_plain


def foreground_colour(image: Tensor, trimap: Tensor) -> Tensor:
    """The known foreground's colours over a whole frame.

    Args:
        image: (B, 3, h, w).
        trimap: (B, 1, h, w) uint8 in {0, 128, 255}.

    Returns:
        (B, 3, h, w); mid grey where no foreground is known.
    """
    return push_pull(image, (trimap == 255).to(image.dtype), 0.5)


def background_colour(image: Tensor, trimap: Tensor, backdrop: Backdrop | None) -> Tensor:
    """The known background's colours over a whole frame.

    Args:
        image: (B, 3, h, w).
        trimap: (B, 1, h, w) uint8 in {0, 128, 255}.
        backdrop: what is known of the background outside the trimap's.

    Returns:
        (B, 3, h, w); mid grey where no background is known.
    """
    known = (trimap == 0).to(image.dtype)
    if backdrop is not None:
        image = torch.lerp(backdrop.colour, image, known)
        known = torch.maximum(known, backdrop.known)
    return push_pull(image, known, 0.5)


def project(image: Tensor, colours: Tensor) -> Tensor:
    """Where each pixel lies on the line between the two diffused colours.

    Args:
        image: (B, 3, H, W).
        colours: (B, 6, H, W), the foreground's and the background's.

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


def push_pull(values: Tensor, weight: Tensor, nothing: float = 0.0) -> Tensor:
    """Known values diffused over the whole frame.

    Args:
        values: (B, C, h, w).
        weight: (B, 1, h, w), 1 where they are known, else 0.
        nothing: the value where none is known anywhere.

    Returns:
        (B, C, h, w).
    """
    if is_plain(values) and not torch.is_grad_enabled():
        return _diffused(values, weight, nothing)
    levels = [torch.cat([values * weight, weight], 1)]
    while min(levels[-1].shape[-2:]) > 1:
        levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True, count_include_pad=False))
    filled = torch.full_like(levels[-1][:, :-1], nothing)
    for level in reversed(levels):
        filled = F.interpolate(filled, size=level.shape[-2:], mode="bilinear", align_corners=False)
        known = level[:, -1:]
        solidity = (known * 4).clamp(max=1)
        filled = torch.lerp(filled, level[:, :-1] / known.clamp_min(1e-6), solidity)
    return filled


def _diffused(values: Tensor, weight: Tensor, nothing: float) -> Tensor:
    from stfam.core.network.diffusion_kernel import diffuse

    found = torch.empty(values.shape)
    for one, known, into in zip(values, weight, found, strict=True):
        diffuse(one.contiguous().numpy(), known[0].contiguous().numpy(), nothing, into.numpy())
    return found
