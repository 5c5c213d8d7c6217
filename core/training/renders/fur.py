"""Fur: short strands that cover a body, combed, clumped, curled and rough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stfam.core.training.renders.geometry import Array, across, normalised
from stfam.core.training.renders.texture import noise

GRAVITY = np.array([0.0, 0.0, -1.0])


@dataclass(frozen=True)
class Groom:
    """How strands grow: lengths in world units, the rest as factors in about [0, 1]."""

    length: float
    uneven: float
    lift: float
    droop: float
    clump: float
    clump_size: float
    curl: float
    turns: float
    rough: float
    radius: float
    steps: int = 8

    @classmethod
    def drawn(cls, rng: np.random.Generator, length: tuple[float, float] = (0.08, 0.3)) -> Groom:
        """Random fur, from a short smooth coat to long curly wool."""
        curly = rng.random() < 0.35
        size = float(np.exp(rng.uniform(*np.log(length))))
        return cls(
            length=size,
            uneven=float(rng.uniform(0.1, 0.6)),
            lift=float(rng.uniform(0.25, 1.0)),
            droop=float(rng.uniform(0.0, 0.7)),
            clump=float(rng.choice((0.0, 0.4, 0.75, 0.95))),
            clump_size=float(rng.uniform(0.03, 0.12)),
            curl=float(rng.uniform(0.006, 0.03)) if curly else 0.0,
            turns=float(rng.uniform(1.5, 5.0)) * size / 0.25,
            rough=float(rng.uniform(0.0, 0.35)),
            radius=float(rng.uniform(0.0014, 0.0034)),
            steps=14 if curly else 8,
        )


def grow(roots: Array, normals: Array, groom: Groom, rng: np.random.Generator) -> Array:
    """Strands at rest (N, K, 3) from roots and normals (N, 3)."""
    along = np.linspace(0, 1, groom.steps)
    direction = combed(roots, normals, groom, rng)
    length = groom.length * np.clip(
        1 + groom.uneven * (rng.normal(0, 0.5, len(roots)) + noise(roots, 3.0, rng)), 0.15, 2.2
    )
    bend = groom.droop * along[None, :, None] ** 1.5
    heading = normalised(direction[:, None] * (1 - 0.6 * bend) + GRAVITY * bend + normals[:, None] * 0.1)
    points = roots[:, None] + np.cumsum(np.concatenate([np.zeros((len(roots), 1, 3)), heading[:, 1:]], 1), 1) * (
        length[:, None, None] / (groom.steps - 1)
    )
    points = clumped(points, groom.clump, groom.clump_size, rng)
    points = curled(points, direction, groom, rng)
    return roughened(points, groom.rough * groom.length, rng)


def combed(roots: Array, normals: Array, groom: Groom, rng: np.random.Generator) -> Array:
    """Growing directions (N, 3): the normal leaning along a smooth field of tangents."""
    flow = rng.normal(size=3) + np.stack([noise(roots, 1.5, rng) for _ in range(3)], -1) * 1.5
    tangent = normalised(flow - (flow * normals).sum(1, keepdims=True) * normals)
    stray = rng.normal(0, 0.12 + 0.25 * groom.rough, roots.shape)
    return normalised(normals * groom.lift + tangent * (1 - groom.lift) + stray)


def nearest(points: Array, centres: Array, block: int = 2000) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Index of the nearest centre (M, 3) for each point (N, 3)."""
    norms = (centres**2).sum(1)
    parts = [points[i : i + block] @ centres.T for i in range(0, len(points), block)]
    return np.concatenate([(norms - 2 * part).argmin(1) for part in parts])


def clumped(points: Array, amount: float, size: float, rng: np.random.Generator) -> Array:
    """Strands (N, K, 3) drawn to the nearest of randomly chosen leaders, ever more towards their ends."""
    if amount == 0.0 or len(points) < 50:
        return points
    extent = np.ptp(points[:, 0], axis=0)
    count = int(np.clip(4 * (extent**2).sum() / size**2, 8, min(2500, len(points) // 8)))
    leaders = points[rng.choice(len(points), count, replace=False)]
    mine = leaders[nearest(points[:, 0], leaders[:, 0])]
    loyal = np.clip(amount * rng.uniform(0.6, 1.1, (len(points), 1)), 0, 0.97)
    weight = loyal * np.linspace(0, 1, points.shape[1]) ** rng.uniform(0.6, 1.4)
    drawn: Array = points + (mine - points) * weight[..., None]
    return drawn


def curled(points: Array, direction: Array, groom: Groom, rng: np.random.Generator) -> Array:
    """Strands wound into helices that neighbours share."""
    if groom.curl == 0.0:
        return points
    along = np.linspace(0, 1, points.shape[1])
    first, second = across(direction, np.random.default_rng(0))
    phase = 6 * noise(points[:, 0], 4.0, rng) + rng.normal(0, 0.4, len(points))
    turn = 2 * np.pi * groom.turns * along[None] * (1 + 0.2 * rng.normal(size=(len(points), 1))) + phase[:, None]
    size = groom.curl * np.minimum(1, 3 * along)[None]
    wound: Array = (
        points + (size * np.cos(turn))[..., None] * first[:, None] + (size * np.sin(turn))[..., None] * second[:, None]
    )
    return wound


def roughened(points: Array, amount: float, rng: np.random.Generator) -> Array:
    """Strands bent each in its own smooth way, ends by about ``amount``; one in fifteen strays three times as far."""
    count, steps, _ = points.shape
    along = np.linspace(0, 1, steps)[None, :, None]
    bend, wave = rng.normal(size=(2, count, 1, 3))
    size = amount * np.where(rng.random((count, 1, 1)) < 1 / 15, 3.0, 1.0)
    rough: Array = points + size * 0.6 * (bend * along**2 + 0.4 * wave * along * np.sin(9 * along + wave[..., :1]))
    return rough


def tapered(count: int, steps: int, radius: float, rng: np.random.Generator) -> Array:
    """Radii (N, K): full at the root, a fifth at the end, each strand its own."""
    profile = np.clip(1.05 - np.linspace(0, 1, steps) ** 2, 0.2, 1.0)
    own = radius * np.clip(rng.normal(1, 0.25, (count, 1)), 0.4, 1.8)
    radii: Array = own * profile
    return radii
