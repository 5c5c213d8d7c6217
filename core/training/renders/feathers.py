"""Feathers: a shaft with barbs on both sides, in fans, tails and boas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stfam.core.training.renders.geometry import Array, Shape, Strands, across, normalised
from stfam.core.training.renders.motion import Motion, Sway, posed
from stfam.core.training.renders.texture import along_strands, coat, colour

STEPS = 7


@dataclass(frozen=True)
class Plumage:
    """Feathers from one root: how many, how long, how wide, how open the fan (radians), how ragged the barbs."""

    feathers: tuple[int, int]
    length: tuple[float, float]
    width: tuple[float, float]
    fan: tuple[float, float]
    ragged: tuple[float, float]


FAN = Plumage((5, 12), (0.9, 1.4), (0.1, 0.22), (0.8, 2.4), (0.02, 0.2))
BOA = Plumage((25, 50), (0.35, 0.6), (0.12, 0.25), (6.0, 6.28), (0.3, 0.8))


def feathered(rng: np.random.Generator, frames: int, plumage: Plumage, strength: float = 1.0) -> list[Shape]:
    """Feathers through the clip, each a strand for the shaft and many for its barbs."""
    motion = Motion.drawn(rng, frames, strength)
    sway = Sway.drawn(rng, 0.12, 3.0)
    count = int(rng.integers(*plumage.feathers))
    angles = np.linspace(-0.5, 0.5, count) * rng.uniform(*plumage.fan) + rng.normal(0, 0.06, count)
    banded, seed = rng.uniform(4, 20), int(rng.integers(1 << 30))
    base, band = colour(rng, 0.5), colour(rng, 0.5)
    shapes: list[Shape] = []
    for angle in angles:
        shaft = rachis(float(angle), rng.uniform(*plumage.length), float(plumage.fan[1] > 4), rng)
        points, place = barbs(shaft, plumage, rng)
        weight = np.clip(3 * np.sin(banded * place) + np.random.default_rng(seed).uniform(0, 1), 0, 1)[:, None]
        tint = np.clip((base + (band - base) * weight) * (0.6 + 0.8 * coat(points[:, 0], rng)), 0.003, 0.95)
        freedom = place[:, None] * 0.8 + 0.2 * np.linspace(0, 1, STEPS)
        radius = np.full(points.shape[:2], rng.uniform(0.0016, 0.003)) * np.linspace(1, 0.4, STEPS)
        shapes.append(
            Strands(posed(points, freedom, frames, motion, sway), radius, along_strands(tint, STEPS, rng), 0.5)
        )
        along = np.linspace(0, 1, len(shaft))[None]
        shade = along_strands(base[None] * 0.5, len(shaft), rng)
        shapes.append(Strands(posed(shaft[None], along * 0.8, frames, motion, sway), 0.008 * (1.1 - along), shade, 0.3))
    return shapes


def rachis(angle: float, length: float, scattered: float, rng: np.random.Generator) -> Array:
    """A bent shaft (24, 3) at an angle from the vertical, from below the middle or, scattered, from about it."""
    along = np.linspace(0, 1, 24)[:, None]
    heading = np.array([np.sin(angle), rng.normal(0, 0.15), np.cos(angle)])
    aside = np.array([np.cos(angle), 0.0, -np.sin(angle)]) * rng.normal(0, 0.25)
    origin = np.array([0.0, rng.normal(0, 0.04), -0.65 * (1 - scattered)]) + scattered * rng.normal(0, 0.15, 3)
    shaft: Array = origin + length * (heading * along + (aside + np.array([0, rng.normal(0, 0.2), 0])) * along**2)
    return shaft


def barbs(shaft: Array, plumage: Plumage, rng: np.random.Generator) -> tuple[Array, Array]:
    """Barbs (N, STEPS, 3) on both sides of a shaft (K, 3), split into vanes with gaps, and their place on it (N,)."""
    count = int(rng.integers(500, 1100))
    place = np.sort(rng.uniform(0.12, 1.0, count))
    position = place * (len(shaft) - 2)
    low, part = position.astype(np.int64), (position % 1)[:, None]
    base = shaft[low] * (1 - part) + shaft[low + 1] * part
    axis = normalised(shaft[low + 1] - shaft[low])
    plane, _ = across(axis[:1], rng)
    facing = normalised(plane * 0.4 + np.array([0.0, -1.0, 0.0]))
    side = np.where(rng.random(count) < 0.5, 1.0, -1.0)[:, None] * normalised(np.cross(axis, facing))
    width = rng.uniform(*plumage.width) * (np.sin(np.pi * np.clip(place, 0, 1) ** 0.7) ** 0.6 + 0.1)[:, None]
    splits = np.floor(place * rng.integers(4, 14)).astype(np.int64)
    gap = rng.normal(0, 0.25, 20)[splits][:, None]
    ragged = rng.uniform(*plumage.ragged)
    heading = normalised(side + axis * (0.9 + gap) + rng.normal(0, ragged, (count, 3)))
    along = np.linspace(0, 1, STEPS)[None, :, None]
    curl = axis * 0.4 + facing * rng.normal(0, 0.3) + rng.normal(0, 0.6 * ragged, (count, 3))
    points: Array = base[:, None] + width[:, None] * (heading[:, None] * along + curl[:, None] * along**2)
    return points, place
