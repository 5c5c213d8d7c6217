"""From the propagation network's proxy to a trimap of the plate's size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

KNOWN_SHARE = 0.7
"""A pixel is called known where the network gives its class at least this share; all else is unknown."""
_STEPS = 255


def quantised(probabilities: Tensor) -> Tensor:
    """(1, 3, h, w) probabilities as uint8 shares of 255: what is remembered, stored and grown, so that all agree."""
    return (probabilities.float() * _STEPS).round().clamp(0, _STEPS).to(torch.uint8)


def dequantised(shares: Tensor) -> Tensor:
    """(1, 3, h, w) uint8 shares as probabilities."""
    return shares.float() / _STEPS


def grow_trimap(shares: Tensor, frame_size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Trimap of a whole frame.

    Args:
        shares: (1, 3, h, w) uint8 shares of background, unknown and foreground.
        frame_size: (H, W).

    Returns:
        (H, W) uint8 in {0, 128, 255}.
    """
    known = dequantised(shares[:, [0, 2]].cpu())
    grown = F.interpolate(known, size=frame_size, mode="bilinear", align_corners=False)[0].numpy()
    trimap = np.full(frame_size, 128, np.uint8)
    trimap[grown[0] > KNOWN_SHARE] = 0
    trimap[grown[1] > KNOWN_SHARE] = 255
    return trimap
