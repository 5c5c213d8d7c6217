"""Cloth: veils, lace and nets that wave, part transparent, with fringes of threads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stfam.core.training.renders.fur import GRAVITY, roughened
from stfam.core.training.renders.geometry import Array, Shape, Strands, Surface, grid_faces
from stfam.core.training.renders.motion import Motion
from stfam.core.training.renders.texture import along_strands, coat, noise

ROWS, COLUMNS = 150, 150
Weave = Callable[[Array, np.random.Generator], Array]
"""Opacity (V,) of a sheet at its own coordinates (V, 2) in [0, 1]."""


def veil(place: Array, rng: np.random.Generator) -> Array:
    """Thin even cloth, thicker in wide bands."""
    band = np.sin(place @ rng.normal(0, 20, 2) + rng.uniform(0, 6)) > rng.uniform(0.3, 1.2)
    return np.where(band, rng.uniform(0.7, 1.0), rng.uniform(0.15, 0.65))


def lace(place: Array, rng: np.random.Generator) -> Array:
    """Round holes in rows and flowers of denser thread."""
    count = rng.uniform(9, 18)
    cell = (place * count + np.floor(place[:, ::-1] * count) % 2 * 0.5) % 1 - 0.5
    hole = np.hypot(*cell.T) < rng.uniform(0.25, 0.42)
    return np.where(hole, rng.uniform(0.0, 0.25), rng.uniform(0.75, 1.0))


def net(place: Array, rng: np.random.Generator) -> Array:
    """A diagonal mesh of threads."""
    count, thickness = rng.uniform(10, 20), rng.uniform(0.15, 0.35)
    first, second = (place @ np.array([1.0, 1.0]) * count) % 1, (place @ np.array([1.0, -1.0]) * count) % 1
    return np.where((first < thickness) | (second < thickness), 1.0, rng.uniform(0.0, 0.15))


def gauze(place: Array, rng: np.random.Generator) -> Array:
    """Worn cloth: opacity that varies irregularly, with holes."""
    cloud = noise(np.column_stack([place * 3, np.zeros(len(place))]), 2.0, rng, 4)
    return np.clip(0.6 + 0.6 * cloud, 0.0, 1.0)


def draped(rng: np.random.Generator, frames: int, weave: Weave, strength: float = 1.0) -> list[Shape]:
    """A sheet that hangs and waves, and a fringe at its hem."""
    v, u = np.meshgrid(np.linspace(0, 1, ROWS), np.linspace(0, 1, COLUMNS), indexing="ij")
    place = np.column_stack([u.ravel(), v.ravel()])
    waving = waves(place, rng, strength)
    motion = Motion.drawn(rng, frames, 0.7 * strength)
    points = np.stack([_placed(waving(float(frame)), motion, frame, frames) for frame in range(frames)])
    flat = np.column_stack([place * 2 - 1, np.zeros(len(place))])
    opacity = weave(place, rng)
    surface = Surface(points, grid_faces(ROWS, COLUMNS), np.column_stack([coat(flat, rng, 0.4), opacity]), True)
    return [surface, *fringe(points[:, -COLUMNS:], rng)]


def waves(place: Array, rng: np.random.Generator, strength: float) -> Callable[[float], Array]:
    """The sheet's points (V, 3) as a function of time: folds that travel, deeper towards the free end."""
    width, height = rng.uniform(0.8, 1.5), rng.uniform(1.0, 1.6)
    folds = rng.uniform(1, 5, 4) * rng.choice((-1, 1), 4)
    tilt, phase = rng.uniform(-2, 2, 4), rng.uniform(0, 6, 4)
    size, speed = rng.uniform(0.02, 0.09, 4) * (0.5 + 0.5 * strength), rng.uniform(0.1, 0.45, 4) * strength
    u, v = place.T
    gathered = rng.uniform(0.5, 1.2)

    def at(time: float) -> Array:
        angle = 2 * np.pi * (u[:, None] * folds + v[:, None] * tilt) + phase + speed * time
        depth = (size * np.sin(angle)).sum(1) * (0.35 + v)
        aside = (size[::-1] * np.cos(0.7 * angle)).sum(1) * (0.2 + v) * 0.5
        spread = gathered + (1 - gathered) * v
        return np.column_stack([(u - 0.5) * width * spread + aside, depth * 1.6, (0.5 - v) * height + 0.3 * depth])

    return at


def _placed(points: Array, motion: Motion, frame: int, frames: int) -> Array:
    matrix, position = motion.at(np.array(float(frame)), (frames - 1) / 2)
    return points @ matrix.T + position


def fringe(hem: Array, rng: np.random.Generator) -> list[Shape]:
    """Threads (T, N, K, 3) that hang from the hem (T, C, 3), or none."""
    if rng.random() < 0.35:
        return []
    each, steps = int(rng.integers(2, 12)), 8
    column = np.repeat(np.arange(hem.shape[1] - 1), each)
    part = rng.random((len(column), 1))
    length = rng.uniform(0.06, 0.25)
    rest = roughened(
        np.zeros((len(column), steps, 3)) + GRAVITY * np.linspace(0, length, steps)[:, None], 0.25 * length, rng
    )
    base = hem[:, column] * (1 - part) + hem[:, column + 1] * part
    late = base - np.concatenate([base[:1], base[:-1]])
    trail = np.linspace(0, 1, steps)[:, None] ** 2
    points = base[:, :, None] + rest - 1.2 * late[:, :, None] * trail
    radius = np.full(points.shape[1:3], rng.uniform(0.0015, 0.003))
    return [Strands(points, radius, along_strands(coat(base[0], rng, 0.5), steps, rng), 0.6)]
