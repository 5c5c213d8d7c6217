"""What is known of the background behind a frame's unknown region, where other frames show it.

With the background known, a matte is no longer a guess: a pixel that looks like what lies behind it holds no foreground
(Smith and Blinn, "Blue Screen Matting"; Qian and Sezan, "Video Background Replacement without a Blue Screen").
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

PATCH = 5
"""Side of the patch whose difference decides, pixels."""
TOLERANCE, PIXEL_TOLERANCE = 3.0, 9.0
"""How far a patch and its middle pixel may differ from the backdrop, in medians of what known background does."""
MOST_ALPHA = 0.1
"""How little foreground has to explain the difference of a cleared patch: one that looks like both shows nothing."""
LEAST_NOISE = (1.5 / 255) ** 2
FEWEST_PIXELS = 50
"""Of known background with a backdrop, below which nobody can say how well the two agree."""


@dataclass(frozen=True)
class Backdrop:
    """The background of whole frames at proxy size, where it is known."""

    colour: Tensor
    """(B, 3, h, w) display-encoded in [0, 1]; of no meaning where it is not known."""
    known: Tensor
    """(B, 1, h, w), 0 or 1."""


def cleared(image: Tensor, trimap: Tensor, backdrop: Backdrop, foreground: Tensor) -> Tensor:
    """The trimap without the unknown pixels that show their background alone.

    Args:
        image: (B, 3, h, w) display-encoded in [0, 1].
        trimap: (B, 1, h, w) uint8 in {0, 128, 255}.
        backdrop: of the same frames.
        foreground: (B, 3, h, w), the foreground's colour about each pixel.

    Returns:
        (B, 1, h, w) uint8: background where the patch about an unknown pixel differs from the backdrop by noise alone,
        and by less than a little foreground would make it, else as given.
    """
    known = backdrop.known
    difference = (image - backdrop.colour).square().mean(1, keepdim=True) * known
    noise = _noise(difference, (trimap == 0) & (known > 0))
    share = _patches(known)
    patch = _patches(difference) / share.clamp_min(1e-6)
    contrast = (foreground - backdrop.colour).square().mean(1, keepdim=True)
    alike = (patch < TOLERANCE * noise) & (difference < PIXEL_TOLERANCE * noise) & (patch < MOST_ALPHA**2 * contrast)
    return trimap.masked_fill((trimap == 128) & (known > 0) & (share > 0.5) & alike, 0)


def _noise(difference: Tensor, region: Tensor) -> Tensor:
    """(B, 1, 1, 1): the region's median, at least `LEAST_NOISE`; 0, which nothing is below, where it is too small."""
    medians = []
    for item, mask in zip(difference, region, strict=True):
        values = item[mask]
        enough = values.numel() >= FEWEST_PIXELS
        medians.append(values.median().clamp_min(LEAST_NOISE) if enough else item.new_zeros(()))
    return torch.stack(medians)[:, None, None, None]


def _patches(values: Tensor) -> Tensor:
    return F.avg_pool2d(values, PATCH, 1, PATCH // 2, count_include_pad=False)
