"""Foregrounds with crisp edges: leaves, spikes, holes, lace, nets and several objects at once."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.training.synthesis.canvas import FRAMES, SIZE, bend, over, premultiplied, straight, warp
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.motion import Path, elastic, random_path
from stfam.core.training.synthesis.noise import fractal
from stfam.core.training.synthesis.shapes import SUPERSAMPLING, creature, fill, outline, spiky
from stfam.core.training.synthesis.surface import shading, surface
from stfam.core.training.synthesis.types import Field, Pixels


def hard(rng: np.random.Generator, images: ImageBank) -> Pixels:
    """One to five crisp objects that move apart from each other, (T, H, W, 4) straight RGBA."""
    kinds = (_solid, _leaves, _lace, _net, _perforated)
    layers = [_textured(rng, images, kinds[rng.integers(len(kinds))](rng)) for _ in range(int(rng.choice((1, 1, 2, 3))))]
    paths = [random_path(rng, FRAMES, SIZE, rng.uniform(0.5, 2.0)) for _ in layers]
    waves = elastic(rng, FRAMES, SIZE, rng.choice((0.0, 2.0, 5.0)), rng.uniform(70, 160))
    return np.stack([straight(_frame(layers, paths, waves[t], t)) for t in range(FRAMES)])


def _frame(layers: list[Field], paths: list[Path], wave: Field, time: int) -> Field:
    total = np.zeros((SIZE, SIZE, 4), np.float32)
    for layer, path in zip(layers, paths, strict=True):
        total = over(warp(layer, path.matrices[time].astype(np.float32)), total)
    return bend(total, wave) if wave.any() else total


def _textured(rng: np.random.Generator, images: ImageBank, mask: Field) -> Field:
    return premultiplied(np.clip(surface(rng, images, SIZE) * shading(rng, mask, 8)[..., None], 0, 1), mask)


def _solid(rng: np.random.Generator) -> Field:
    return fill(creature(rng, SIZE), SIZE)


def _leaves(rng: np.random.Generator) -> Field:
    count = int(rng.integers(1, 14))
    where = rng.uniform(0.2, 0.8, (count, 2)) * SIZE
    return fill([spiky(rng, (x, y), SIZE * rng.uniform(0.05, 0.3 / np.sqrt(count) + 0.05)) for x, y in where], SIZE)


def _lace(rng: np.random.Generator) -> Field:
    mask = fill([outline(rng, (SIZE / 2, SIZE / 2), SIZE * rng.uniform(0.22, 0.36))], SIZE)
    pitch = rng.uniform(7, 26)
    y, x = np.mgrid[0 : SIZE * 2, 0 : SIZE * 2].astype(np.float32) / np.float32(2)
    warp_x, warp_y = (fractal(rng, SIZE * 2, SIZE * 2, 200, 2) * np.float32(pitch * 0.3) for _ in range(2))
    weave = np.cos(2 * np.pi * (x + warp_x) / pitch) * np.cos(2 * np.pi * (y + warp_y) / pitch)
    holes = np.clip((np.abs(weave) - rng.uniform(0.15, 0.5)) * 8 + 0.5, 0, 1)
    coverage: Field = cv2.resize((1 - holes).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return mask * coverage


def _net(rng: np.random.Generator) -> Field:
    fine = SIZE * SUPERSAMPLING
    canvas = np.zeros((fine, fine), np.uint8)
    pitch, width = rng.uniform(10, 44) * SUPERSAMPLING, int(rng.integers(3, 16))
    slant = rng.uniform(-0.6, 0.6)
    for start in np.arange(-fine, fine * 2, pitch):
        for points in (((start, 0), (start + slant * fine, fine)), ((0, start), (fine, start - slant * fine))):
            cv2.line(canvas, *(tuple(int(v) for v in p) for p in points), 255, width)
    coverage = cv2.resize(canvas, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    bent = bend(coverage[..., None], elastic(rng, 1, SIZE, 12.0, 120.0)[0])
    return bent.reshape(SIZE, SIZE) * fill([outline(rng, (SIZE / 2, SIZE / 2), SIZE * 0.36)], SIZE)


def _perforated(rng: np.random.Generator) -> Field:
    where = rng.uniform(0.25, 0.75, (int(rng.integers(3, 25)), 2)) * SIZE
    holes = fill([outline(rng, (x, y), rng.uniform(2, 22)) for x, y in where], SIZE)
    return fill(creature(rng, SIZE), SIZE) * (1 - holes)
