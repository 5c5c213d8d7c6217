"""Image pairs with exact optical flow: rigid layers whose matrices are known, for training a flow network."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.camera import random_camera
from stfam.core.training.synthesis.compositing import composite
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.layers import chained
from stfam.core.training.synthesis.library import ClipLibrary
from stfam.core.training.synthesis.motion import about
from stfam.core.training.synthesis.types import Field, Pixels

Matrix = NDArray[np.float64]


def flow_pair(
    rng: np.random.Generator, library: ClipLibrary, backgrounds: ImageBank, *, size: int = 256, reach: float = 24.0
) -> tuple[Pixels, Pixels, Field]:
    """Two images (size, size, 3) uint8 and the flow (size, size, 2) in pixels, x before y, from one to the other.

    A photograph and up to three foregrounds move rigidly on their own, each by about ``reach`` pixels at most. Where
    layers mix, the flow is that of the front one that covers more than half.
    """
    camera = _motion(rng, size, reach / 2)
    patch = backgrounds.patch(rng, size * 2, rng.uniform(0.5, 1.5))
    place = np.array([[1.0, 0.0, -size / 2], [0.0, 1.0, -size / 2]])
    pair = [_moved(patch, place, size), _moved(patch, chained(camera, place), size)]
    flow = displacement(camera, size)
    for _ in range(int(rng.integers(1, 4))):
        frames = library.frames(library.choose(rng))
        frame = frames[rng.integers(len(frames))]
        place, motion = _placement(rng, frame, size), chained(camera, _motion(rng, size, reach))
        shown = [_moved(frame, place, size), _moved(frame, chained(motion, place), size)]
        cover = [layer[..., 3].astype(np.float32) / np.float32(255) for layer in shown]
        pair = [composite(s[..., :3], c, p, linear=False) for s, c, p in zip(shown, cover, pair, strict=True)]
        flow = np.where((cover[0] > 0.5)[..., None], displacement(motion, size), flow)
    seen = random_camera(rng).shoot(rng, np.stack(pair))
    return seen[0], seen[1], flow


def displacement(matrix: Matrix, size: int) -> Field:
    """The flow (size, size, 2) by which an affine ``matrix`` (2, 3) moves each pixel."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float64)
    moved_x = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    moved_y = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
    return np.dstack([moved_x - x, moved_y - y]).astype(np.float32)


def _motion(rng: np.random.Generator, size: int, reach: float) -> Matrix:
    shift = rng.normal(0, reach / 2, 2)
    turn, zoom = rng.normal(0, reach / size / 3), 1 + rng.normal(0, reach / size / 3)
    return about((size / 2, size / 2), turn, zoom, (float(shift[0]), float(shift[1])))


def _placement(rng: np.random.Generator, frame: Pixels, size: int) -> Matrix:
    scale, turn = rng.uniform(0.4, 1.0), rng.uniform(0, 2 * np.pi)
    middle = (frame.shape[1] / 2, frame.shape[0] / 2)
    target = rng.uniform(0.15, 0.85, 2) * size
    return about(middle, turn, scale, (float(target[0] - middle[0]), float(target[1] - middle[1])))


def _moved(image: Pixels, matrix: Matrix, size: int) -> Pixels:
    border = cv2.BORDER_REFLECT if image.shape[2] == 3 else cv2.BORDER_CONSTANT
    return np.asarray(cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border), np.uint8)
