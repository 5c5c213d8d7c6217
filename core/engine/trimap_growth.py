"""From the propagation network's proxy to a trimap of the plate's size."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from stfam.core.engine.views import box_of
from stfam.core.network.box import Box, whole

KNOWN_SHARE = 0.7
"""A pixel is called known where the network gives its class at least this share; all else is unknown."""
_STEPS = 255


def quantised(probabilities: Tensor) -> Tensor:
    """(1, 3, h, w) probabilities as uint8 shares of 255: what is remembered, stored and grown, so that all agree."""
    return (probabilities.float() * _STEPS).round().clamp(0, _STEPS).to(torch.uint8)


def dequantised(shares: Tensor) -> Tensor:
    """(1, 3, h, w) uint8 shares as probabilities."""
    return shares.float() / _STEPS


def grow_trimap(shares: Tensor, frame_size: tuple[int, int], view: Box | None = None) -> npt.NDArray[np.uint8]:
    """Trimap of a whole frame.

    Args:
        shares: (1, 3, h, w) uint8 shares of background, unknown and foreground.
        frame_size: (H, W).
        view: what they cover of the frame, the whole without it; all else is background.

    Returns:
        (H, W) uint8 in {0, 128, 255}.
    """
    box = whole(frame_size) if view is None else view
    known = dequantised(shares[:, [0, 2]].cpu())
    grown = F.interpolate(known, size=(box.height, box.width), mode="bilinear", align_corners=False)[0].numpy()
    trimap = np.zeros(frame_size, np.uint8)
    shown = trimap[box.top : box.bottom, box.left : box.right]
    shown[grown[0] <= KNOWN_SHARE] = 128
    shown[grown[1] > KNOWN_SHARE] = 255
    return trimap


def subject_box(shares: Tensor, view: Box) -> Box | None:
    """The rectangle of the frame's pixels that holds all that is not called background; None where nothing is.

    Args:
        shares: (1, 3, h, w) uint8.
        view: what they cover of the frame.
    """
    found = box_of((dequantised(shares[:, 0].cpu()) <= KNOWN_SHARE)[0].numpy())
    if found is None:
        return None
    down, across = view.height / shares.shape[2], view.width / shares.shape[3]
    top, bottom = math.floor(found.top * down), math.ceil(found.bottom * down)
    left, right = math.floor(found.left * across), math.ceil(found.right * across)
    return Box(view.top + top, view.left + left, bottom - top, right - left)
