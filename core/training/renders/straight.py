"""From what a renderer gives to what the library holds: straight display-encoded colour, valid where alpha is small."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.srgb import to_display

FAINT = 0.03
"""Below this alpha a pixel's own colour is mostly noise: it is taken from its neighbourhood instead."""


def downsampled(rgba: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Premultiplied pixels (H, W, 4) averaged over squares of ``factor``."""
    height, width = rgba.shape[0] // factor, rgba.shape[1] // factor
    mean: NDArray[np.float32] = rgba.reshape(height, factor, width, factor, 4).mean((1, 3), dtype=np.float32)
    return mean


def outward(premultiplied: NDArray[np.float32], alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colour (H, W, 3) of the neighbourhood that has any, by pyramids of premultiplied colour."""
    levels: list[NDArray[np.float32]] = [np.dstack([premultiplied, alpha])]
    while min(levels[-1].shape[:2]) > 2:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
    colour = levels[-1][..., :3] / np.maximum(levels[-1][..., 3:], 1e-4)
    for level in reversed(levels[:-1]):
        size = (level.shape[1], level.shape[0])
        weight = np.clip(level[..., 3:] / FAINT, 0, 1)
        own = level[..., :3] / np.maximum(level[..., 3:], 1e-4)
        colour = own * weight + cv2.resize(colour, size, interpolation=cv2.INTER_LINEAR) * (1 - weight)
    return colour.astype(np.float32)


def straight(rgba: NDArray[np.float32], factor: int = 1) -> NDArray[np.uint8]:
    """Linear premultiplied (H, W, 4) float32 as straight sRGB-encoded uint8, a ``factor``-th of the size.

    Colours are divided by alpha in linear light before they are encoded; where alpha is nil they continue outward.
    """
    small = downsampled(rgba, factor)
    alpha = np.clip(small[..., 3], 0, 1)
    colour = to_display(outward(np.maximum(small[..., :3], 0), alpha))
    pixels: NDArray[np.uint8] = np.rint(np.dstack([colour, alpha]) * 255).astype(np.uint8)
    return pixels
