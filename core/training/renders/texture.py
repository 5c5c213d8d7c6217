"""Procedural colour: noise in space, palettes, and the coats that animals and plants wear."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np

from stfam.core.training.renders.geometry import Array


def noise(points: Array, frequency: float, rng: np.random.Generator, octaves: int = 1) -> Array:
    """Smooth noise in about [-1, 1] at points (N, 3): a random lattice, interpolated, summed over octaves."""
    total = np.zeros(len(points))
    for octave in range(octaves):
        lattice = rng.uniform(-1, 1, (16, 16, 16))
        place = points * frequency * 2**octave + rng.uniform(0, 16, 3)
        cell = np.floor(place).astype(np.int64)
        part = place - cell
        part = part * part * (3 - 2 * part)
        for corner in np.ndindex(2, 2, 2):
            offset = np.array(corner)
            weight = np.prod(np.where(offset == 1, part, 1 - part), axis=1)
            x, y, z = ((cell + offset) % 16).T
            total += weight * lattice[x, y, z] * 0.6**octave
    return total


def colour(rng: np.random.Generator, natural: float = 0.7) -> Array:
    """A linear colour (3,): the browns, blondes, greys and blacks of animals mostly, any hue otherwise."""
    if rng.random() < natural:
        hue, saturation = rng.uniform(0.02, 0.13), rng.uniform(0.0, 0.75)
    else:
        hue, saturation = rng.uniform(0, 1), rng.uniform(0.3, 0.95)
    value = float(np.clip(rng.beta(1.2, 1.1), 0.03, 0.97))
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value)) ** 2.2


def blended(first: Array, second: Array, weight: Array) -> Array:
    """Colours (N, 3) between two of (3,) or (N, 3) by weights (N,) in [0, 1]."""
    mixed: Array = first + (second - first) * np.clip(weight, 0, 1)[:, None]
    return mixed


def patches(points: Array, rng: np.random.Generator) -> Array:
    """Large irregular patches, like a calico cat: weights (N,)."""
    return np.asarray(noise(points, rng.uniform(1.2, 4.0), rng, 3) * rng.uniform(3, 9) + rng.uniform(0, 1))


def stripes(points: Array, rng: np.random.Generator) -> Array:
    """Bands bent by noise, like a tiger: weights (N,)."""
    axis = rng.normal(size=3)
    along = points @ (axis / np.linalg.norm(axis)) * rng.uniform(8, 30)
    return np.asarray(np.sin(along + noise(points, 2.0, rng, 2) * rng.uniform(0.5, 3)) * rng.uniform(1, 4) + 0.5)


def spots(points: Array, rng: np.random.Generator) -> Array:
    """Round spots about random centres, like a leopard: weights (N,)."""
    centres = rng.uniform(-1, 1, (int(rng.integers(150, 900)), 3))
    distance = np.full(len(points), np.inf)
    for centre in centres:
        distance = np.minimum(distance, ((points - centre) ** 2).sum(1))
    size = rng.uniform(0.03, 0.09)
    return np.asarray((size - np.sqrt(distance)) / size * rng.uniform(2, 6) + 0.5)


def gradient(points: Array, rng: np.random.Generator) -> Array:
    """From one colour to the other along an axis: weights (N,)."""
    axis = rng.normal(size=3)
    return np.asarray(points @ (axis / np.linalg.norm(axis)) * rng.uniform(0.7, 2.5) + rng.uniform(0.2, 0.8))


PATTERNS: tuple[Callable[[Array, np.random.Generator], Array], ...] = (patches, stripes, spots, gradient)


def coat(points: Array, rng: np.random.Generator, natural: float = 0.7) -> Array:
    """Linear colours (N, 3) of a coat at points (N, 3): one to three colours in patterns, mottled at two scales."""
    base = np.broadcast_to(colour(rng, natural), points.shape)
    for _ in range(int(rng.choice(3, p=(0.15, 0.5, 0.35)))):
        pattern = PATTERNS[rng.integers(len(PATTERNS))]
        base = blended(base, colour(rng, natural), pattern(points, rng))
    mottled = 1 + rng.uniform(0.1, 0.5) * noise(points, rng.uniform(8, 25), rng, 2)
    return np.clip(base * mottled[:, None], 0.004, 0.95)


def along_strands(roots: Array, steps: int, rng: np.random.Generator) -> Array:
    """Colours (N, K, 3) of strands from their roots' (N, 3): each strand its own shade, ends lighter or darker."""
    spread = rng.uniform(0.05, 0.35)
    shade = np.exp(rng.normal(0, spread, (len(roots), 1, 1)))
    grey = rng.random((len(roots), 1, 1)) < rng.choice((0.0, 0.08, 0.25))
    tint = np.where(grey, rng.uniform(0.02, 0.8), roots[:, None])
    end = rng.choice((0.4, 0.7, 1.0, 1.5, 2.2))
    ramp = 1 + (end - 1) * np.linspace(0, 1, steps)[None, :, None] ** 2
    strands: Array = np.clip(tint * shade * ramp, 0.003, 0.97)
    return strands
