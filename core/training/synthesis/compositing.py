"""Colour of a composite: grades over time, borrowed textures, and the composite itself in display or linear light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.srgb import to_display, to_linear
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.noise import curve
from stfam.core.training.synthesis.types import Field, Pixels

_CODES = np.arange(256, dtype=np.float32) / np.float32(255)
_TO_LINEAR = to_linear(_CODES)
_STEPS = 4096
_TO_DISPLAY = np.rint(255 * to_display(np.linspace(0, 1, _STEPS + 1))).astype(np.uint8)


def composite(foreground: Pixels, alpha: Field, background: Pixels, *, linear: bool) -> Pixels:
    """alpha F + (1 - alpha) B of (T, H, W, 3) uint8 display-encoded colours, in display space or in linear light."""
    cover = alpha[..., None]
    if not linear:
        back = background.astype(np.float32)
        mixed = back + cover * (foreground.astype(np.float32) - back)
        return np.rint(mixed).astype(np.uint8)
    back = _TO_LINEAR[background]
    light = back + cover * (_TO_LINEAR[foreground] - back)
    return np.asarray(_TO_DISPLAY[(light * np.float32(_STEPS) + np.float32(0.5)).astype(np.int32)])


@dataclass(frozen=True)
class Grade:
    """Gains (T, 3) and gammas of both layers, and how far the background takes the foreground's colours."""

    foreground: NDArray[np.float64]
    background: NDArray[np.float64]
    gamma: tuple[float, float]
    likeness: float


def random_grade(rng: np.random.Generator, frames: int, *, still: bool) -> Grade:
    """Exposure and white balance of both layers, in a third of the clips changing over time."""
    flicker = 0.0 if still or rng.random() < 0.65 else rng.uniform(0.05, 0.25)
    light = np.exp(curve(rng, frames, flicker))[:, None]
    tints = [np.exp(rng.normal(0, 0.18) + rng.normal(0, 0.07, 3))[None] * light for _ in range(2)]
    gamma = (float(np.exp(rng.normal(0, 0.2))), float(np.exp(rng.normal(0, 0.2))))
    return Grade(tints[0], tints[1], gamma, rng.uniform(0.5, 1.0) if rng.random() < 0.2 else 0.0)


def graded(foreground: Pixels, background: Pixels, alpha: Field, grade: Grade) -> tuple[Pixels, Pixels]:
    """Both layers (T, H, W, 3) after the grade; a ``likeness`` above nought shifts B towards F's colours."""
    if grade.likeness > 0.0:
        background = _likened(background, foreground, alpha, grade.likeness)
    return _toned(foreground, grade.foreground, grade.gamma[0]), _toned(background, grade.background, grade.gamma[1])


def _toned(colour: Pixels, gains: NDArray[np.float64], gamma: float) -> Pixels:
    curves = np.clip(_CODES[None, :, None] ** gamma * gains[:, None, :], 0, 1)
    tables = np.rint(curves * 255).astype(np.uint8)
    return np.stack([cv2.LUT(frame, table[None]) for frame, table in zip(colour, tables, strict=True)]).astype(np.uint8)


def _likened(background: Pixels, foreground: Pixels, alpha: Field, likeness: float) -> Pixels:
    inside = alpha[0] > 0.5
    if inside.sum() < 50:
        return background
    chosen = foreground[0][inside].astype(np.float32)
    own = background[0].reshape(-1, 3).astype(np.float32)
    gain = 1 + likeness * (chosen.std(0) / np.maximum(own.std(0), 4.0) - 1).clip(-0.6, 0.6)
    offset = own.mean(0) + likeness * (chosen.mean(0) - own.mean(0)) - gain * own.mean(0)
    codes = np.arange(256, dtype=np.float32)[:, None] * gain + offset
    table = np.rint(codes.clip(0, 255)).astype(np.uint8)[None]
    return np.stack([cv2.LUT(frame, table) for frame in background]).astype(np.uint8)


def retextured(rng: np.random.Generator, images: ImageBank, colour: Pixels, view: NDArray[np.float64]) -> Pixels:
    """The foreground's colours (T, H, W, 3) exchanged for a texture that keeps some of their light."""
    frames, height, width, _ = colour.shape
    side = int(max(height, width) * 1.2)
    texture = images.patch(rng, side, rng.uniform(0.4, 1.5))
    keep = rng.uniform(0.1, 0.8)
    result = np.empty_like(colour)
    for t in range(frames):
        matrix = view[t].copy()
        matrix[:, 2] -= side * 0.08
        moved = cv2.warpAffine(texture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        result[t] = cv2.addWeighted(moved, 1 - keep, colour[t], keep, 0)
    return result
