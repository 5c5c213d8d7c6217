"""Matting at a fraction of the plate's size, for previews; the matte is written at the plate's size all the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from stfam.core.media.frame_meta import FloatImage
from stfam.core.network.proxy import shrink_image, shrink_trimap


def reduced_size(frame_size: tuple[int, int], scale: float) -> tuple[int, int]:
    """(H, W) at a scale, never under one pixel."""
    height, width = (max(1, round(side * scale)) for side in frame_size)
    return height, width


def reduced_image(image: FloatImage, scale: float) -> FloatImage:
    """Area-averaged copy: (H, W, 3) -> (h, w, 3)."""
    size = reduced_size((image.shape[0], image.shape[1]), scale)
    small = shrink_image(torch.from_numpy(image).permute(2, 0, 1)[None], size)
    return np.ascontiguousarray(small[0].permute(1, 2, 0).numpy())


def reduced_trimap(trimap: npt.NDArray[np.uint8], scale: float) -> npt.NDArray[np.uint8]:
    """(H, W) -> (h, w), known only where all that a pixel covers is."""
    size = reduced_size((trimap.shape[0], trimap.shape[1]), scale)
    return shrink_trimap(torch.from_numpy(trimap)[None, None], size)[0, 0].numpy()


def enlarged_alpha(alpha: FloatImage, trimap: npt.NDArray[np.uint8]) -> FloatImage:
    """A reduced matte at the plate's size, exactly 0 and 1 where the plate's own trimap is known.

    Args:
        alpha: (h, w).
        trimap: (H, W).
    """
    large = F.interpolate(torch.from_numpy(alpha)[None, None], size=trimap.shape, mode="bilinear", align_corners=False)
    return np.where(trimap == 128, large[0, 0].clamp(0, 1).numpy(), (trimap == 255).astype(np.float32))
