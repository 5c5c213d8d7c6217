"""Smoke, steam and flame: churning noise within a plume, or many puffs that rise, spread and thin out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.canvas import FRAMES, SIZE, bend, over, premultiplied, straight, vignette, warp
from stfam.core.training.synthesis.materials import Materials
from stfam.core.training.synthesis.motion import about, elastic, random_path
from stfam.core.training.synthesis.noise import fractal
from stfam.core.training.synthesis.shapes import creature, fill
from stfam.core.training.synthesis.surface import palette, shading, surface
from stfam.core.training.synthesis.types import Field, Pixels

MARGIN = SIZE // 2


def smoke(rng: np.random.Generator, materials: Materials, frames: int = FRAMES) -> Pixels:
    """Drifting, churning smoke or flame, (T, H, W, 4) straight RGBA, in a quarter of the clips about a solid body."""
    make = _puffs if materials.sprites and rng.random() < 0.45 else _plume
    drawn = make(rng, materials, frames)
    if rng.random() < 0.25:
        mask = fill(creature(rng, SIZE), SIZE)
        body = premultiplied(np.clip(surface(rng, materials, SIZE) * shading(rng, mask, 10)[..., None], 0, 1), mask)
        path = random_path(rng, frames, SIZE).fitted(mask, 12.0)
        drawn = [over(frame, warp(body, path.matrices[t].astype(np.float32))) for t, frame in enumerate(drawn)]
    return np.stack([straight(frame) for frame in drawn])


def _plume(rng: np.random.Generator, materials: Materials, frames: int) -> list[Field]:
    coarse = fractal(rng, SIZE + MARGIN, SIZE + MARGIN, rng.uniform(50, 160), 5)
    fine = fractal(rng, SIZE + MARGIN, SIZE + MARGIN, rng.uniform(20, 70), 5)
    plume = cv2.GaussianBlur(fill(creature(rng, SIZE), SIZE), (0, 0), rng.uniform(12, 45))
    churn = elastic(rng, frames, SIZE, rng.uniform(2, 9), rng.uniform(60, 140))
    speed = rng.uniform(-4, 4, (2, 2))
    tint, dark = _tints(rng, materials)
    density, threshold, rough = rng.uniform(0.3, 1.6), rng.uniform(0.0, 0.9), rng.uniform(0.25, 0.6)
    drawn = []
    for t in range(frames):
        noise = _window(coarse, speed[0] * t) + 0.7 * _window(fine, speed[1] * t)
        field = bend(np.dstack([plume, noise]), churn[t])
        amount = field[..., 0] * 2.4 - threshold + rough * field[..., 1] * np.sqrt(field[..., 0].clip(0))
        alpha = (1.0 - np.exp(-density * 2.2 * amount.clip(0))).astype(np.float32) * vignette(0.1)
        light = np.clip(0.5 + 0.3 * field[..., 1], 0, 1)[..., None]
        drawn.append(premultiplied((tint * light + dark * (1 - light)).astype(np.float32), alpha))
    return drawn


def _window(field: Field, shift: NDArray[np.float64]) -> Field:
    matrix = np.array([[1, 0, -MARGIN / 2 - shift[0]], [0, 1, -MARGIN / 2 - shift[1]]], np.float32)
    return np.asarray(cv2.warpAffine(field, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT), np.float32)


def _tints(rng: np.random.Generator, materials: Materials) -> tuple[Field, Field]:
    """Lit and shaded colour (3,): grey, natural, or a flame's."""
    style = rng.integers(3)
    if style == 0:
        bright, dim = np.sort(rng.uniform(0.1, 1.0, 2))[::-1]
        return np.full(3, bright, np.float32), np.full(3, dim, np.float32)
    if style == 1:
        first, second = palette(rng, materials.images, 2)
        return first, second
    hot = np.array([1.0, rng.uniform(0.6, 0.95), rng.uniform(0.1, 0.7)], np.float32)
    return hot, np.array([rng.uniform(0.5, 0.9), rng.uniform(0.1, 0.4), 0.05], np.float32)


def _puffs(rng: np.random.Generator, materials: Materials, frames: int) -> list[Field]:
    """Sprites on their ways: each turns, grows and fades, and lives for a part of the clip."""
    stock = [materials.sprite(rng, 160) for _ in range(int(rng.integers(1, 4)))]
    tint, dark = _tints(rng, materials)
    count = int(rng.integers(6, 26))
    start = rng.uniform(0.3, 0.7, (count, 2)) * SIZE
    speed = rng.normal(0, 2.5, (count, 2)) + rng.uniform(-5, 5, 2)
    turn, spin = rng.uniform(0, 2 * np.pi, count), rng.normal(0, 0.08, count)
    large, growth = rng.uniform(0.5, 1.4, count), rng.uniform(1.0, 1.08, count)
    birth, shade, strength = rng.uniform(-12, 6, count), rng.uniform(0, 1, count), rng.uniform(0.2, 0.9, count)
    drawn = []
    for t in range(frames):
        total = np.zeros((SIZE, SIZE, 4), np.float32)
        for n in range(count):
            age = (t - birth[n]) / 16.0
            fade = float(np.clip(min(age * 4, 2.0 - 1.6 * age), 0, 1))
            shift = start[n] - 80 + speed[n] * (t - frames / 2)
            matrix = about((80, 80), turn[n] + spin[n] * t, large[n] * growth[n] ** t, (shift[0], shift[1]))
            puff = cv2.warpAffine(stock[n % len(stock)], matrix, (SIZE, SIZE)) * np.float32(fade * strength[n])
            colour = (tint * (1 - shade[n]) + dark * shade[n]).astype(np.float32) * np.ones((SIZE, SIZE, 1), np.float32)
            total = over(premultiplied(colour, puff), total)
        drawn.append(total * vignette(0.1)[..., None])
    return drawn
