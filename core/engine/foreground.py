"""Foreground colours under a matte (Germer et al., "Fast Multi-Level Foreground Estimation", through pymatting)."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.compiled_package import import_compiled
from stfam.core.media.frame_meta import FloatImage

MARGIN = 32
"""Pixels around what is estimated that the estimate takes its colours from."""

_NEAR = 8
"""Pixels around what is estimated whose brightness may be its own."""


def foreground(image: FloatImage, alpha: FloatImage, shown: FloatImage | None = None) -> FloatImage:
    """Straight (unpremultiplied) foreground colours.

    The estimator clamps to [0, 1]; compositing is linear, so the plate's own range is mapped to [0, 1] and back, and
    values above 1 and below 0 survive. Only the rectangle around what is shown and not opaque is estimated.

    Args:
        image: (H, W, 3) float32 as in the plate, any range.
        alpha: (H, W) float32 in [0, 1], as the plate was mixed.
        shown: (H, W), the alpha that the colours are shown by; `alpha` itself when None.

    Returns:
        (H, W, 3) float32: the plate itself where alpha is 1, 0 where nothing is shown.
    """
    visible = (alpha if shown is None else shown) > 0
    colours = np.where(visible[..., None], image, np.float32(0))
    estimated = visible & (alpha < 1)
    if not estimated.any():
        return colours
    part = _surroundings(estimated)
    limited = _limited(image[part], estimated[part])
    np.copyto(colours[part], _estimate(limited, alpha[part]), where=estimated[part][..., None])
    return colours


def _surroundings(mask: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - MARGIN), int(rows[-1]) + MARGIN + 1),
        slice(max(0, int(columns[0]) - MARGIN), int(columns[-1]) + MARGIN + 1),
    )


def _limited(image: FloatImage, estimated: npt.NDArray[np.bool_]) -> FloatImage:
    """An image (H, W, 3) beyond 0 to 1 as far alone as it is near what is estimated.

    The estimator begins with a few pixels that stand for the whole: one of a highlight would glow along every edge.
    """
    if image.min() >= 0 and image.max() <= 1:
        return image
    near = cv2.dilate(estimated.astype(np.uint8), np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8)) > 0
    return np.asarray(np.clip(image, min(0, image[near].min()), max(1, image[near].max())), np.float32)


def _estimate(image: FloatImage, alpha: FloatImage) -> FloatImage:
    if max(alpha.shape) < 2:
        return image
    pymatting = import_compiled("pymatting")  # slow
    low = np.float32(image.min())
    extent = np.float32(max(float(image.max()) - float(low), 1e-6))
    colours: FloatImage = pymatting.estimate_foreground_ml(
        np.ascontiguousarray((image - low) / extent), np.ascontiguousarray(alpha)
    )
    return colours * extent + low
