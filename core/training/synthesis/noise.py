"""Smooth random fields and curves, the raw material of every shape and motion here."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.types import Field


def smooth_field(rng: np.random.Generator, height: int, width: int, cell: float) -> Field:
    """Random field (H, W) of zero mean and about unit variance whose features are ``cell`` pixels wide."""
    rows, columns = max(2, round(height / cell) + 3), max(2, round(width / cell) + 3)
    grid = rng.standard_normal((rows, columns)).astype(np.float32)
    field: Field = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    return field * np.float32(1.25)


def fractal(rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 4) -> Field:
    """Sum of octaves of smooth fields, each half as wide and half as strong, scaled to about unit variance: (H, W)."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        total += smooth_field(rng, height, width, max(cell / 2**octave, 1.5)) * np.float32(0.55**octave)
    return total / np.float32(max(float(total.std()), 1e-6))


def curve(rng: np.random.Generator, frames: int, amplitude: float, period: float = 16.0) -> NDArray[np.float64]:
    """Smooth random curve (frames,): two swings of about ``period`` frames and a drift, starting anywhere."""
    time = np.arange(frames)
    swings = sum(
        rng.normal() * np.sin(2 * np.pi * time / (period * rng.uniform(0.6, 1.8)) + rng.uniform(0, 2 * np.pi))
        for _ in range(2)
    )
    result: NDArray[np.float64] = amplitude * (0.5 * swings + rng.normal() * (time / period - 0.5))
    return result
