"""Premultiplied frames while a foreground is drawn, straight ones when it is kept."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.training.synthesis.types import Field, Pixels

FRAMES = 12
SIZE = 448


def over(front: Field, back: Field) -> Field:
    """Premultiplied ``front`` over premultiplied ``back``, both (H, W, 4) in [0, 1]."""
    return front + back * (1.0 - front[..., 3:])


def premultiplied(colour: Field, alpha: Field) -> Field:
    """(H, W, 4) from straight colour (H, W, 3) and alpha (H, W), both in [0, 1]."""
    return np.dstack([colour * alpha[..., None], alpha]).astype(np.float32)


def straight(frame: Field) -> Pixels:
    """Straight RGBA (H, W, 4) uint8 of a premultiplied frame in [0, 1].

    Where alpha is nought the colour of the nearest foreground is continued, so that later resampling mixes no black in.
    """
    alpha = frame[..., 3]
    colour = frame[..., :3] / np.maximum(alpha, 1e-4)[..., None]
    weight = np.clip(alpha, 0.0, 1.0)
    continued = _diffused(frame[..., :3].astype(np.float32), weight.astype(np.float32))
    trust = np.clip(weight * 20.0, 0.0, 1.0)[..., None]
    result = np.dstack([colour * trust + continued * (1.0 - trust), alpha])
    pixels: Pixels = np.rint(np.clip(result, 0.0, 1.0) * 255.0).astype(np.uint8)
    return pixels


def _diffused(colour: Field, weight: Field) -> Field:
    """Colours of ``weight`` > 0 pulled down a pyramid and pushed back up into the rest."""
    height, width = weight.shape
    if min(height, width) == 1:
        return (colour / np.maximum(weight, 1e-3)[..., None]).astype(np.float32)
    size = (max(1, width // 2), max(1, height // 2))
    less_colour = np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), np.float32)
    smaller = _diffused(less_colour, np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32))
    under = cv2.resize(smaller, (width, height), interpolation=cv2.INTER_LINEAR)
    return (colour + under * (1.0 - np.clip(weight, 0.0, 1.0))[..., None]).astype(np.float32)


def vignette(share: float) -> Field:
    """Nought at the canvas border, one from a ``share`` of its size inwards, so that nothing is cut off straight."""
    ramp = np.clip(np.minimum(np.arange(SIZE), np.arange(SIZE)[::-1]) / (SIZE * share), 0, 1)
    soft = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
    return np.asarray(soft[:, None] * soft[None], np.float32)


def warp(image: Field, matrix: Field) -> Field:
    """The image moved by the affine ``matrix`` (2, 3), nought outside."""
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR), np.float32)


def bend(image: Field, displacement: Field) -> Field:
    """The image (H, W, C) sampled at each pixel plus ``displacement`` (H, W, 2), nought outside."""
    y, x = np.mgrid[0 : image.shape[0], 0 : image.shape[1]].astype(np.float32)
    moved = cv2.remap(image, x + displacement[..., 0], y + displacement[..., 1], cv2.INTER_LINEAR)
    return np.asarray(moved, np.float32)
