"""Where things moved between two frames, by OpenCV's DIS (Kroeger et al., "Fast Optical Flow using Dense Inverse
Search"), and pictures sampled where it leads."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.media.frame_meta import FloatImage


def dis_flow(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> FloatImage:
    """Optical flow (H, W, 2), dx and dy in pixels, from one picture to another, grey (H, W) or RGB (H, W, 3)."""
    estimator: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(estimator.calc(_grey(first), _grey(second), None), np.float32)


def warp(image: FloatImage, motion: FloatImage) -> FloatImage:
    """Values of an image (H, W) or (H, W, C) at x + motion(x), (H, W, 2), bilinear, the edge repeated."""
    rows, columns = np.indices(image.shape[:2], np.float32)
    return sample(image, columns + motion[..., 0], rows + motion[..., 1])


def sample(image: FloatImage, across: FloatImage, down: FloatImage) -> FloatImage:
    """Values of an image (H, W) or (H, W, C) at positions (h, w) in pixels, bilinear, the edge repeated."""
    return np.asarray(cv2.remap(image, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _grey(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
