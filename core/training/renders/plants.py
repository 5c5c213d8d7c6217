"""Plants: clumps of grass and reeds, heads of seed on stalks, and branches with leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stfam.core.training.renders.fur import GRAVITY, roughened
from stfam.core.training.renders.geometry import Array, Shape, Strands, Surface, across, grid_faces, normalised
from stfam.core.training.renders.motion import Motion, Sway, posed
from stfam.core.training.renders.texture import along_strands, coat, noise


@dataclass(frozen=True)
class Clump:
    """A clump of blades: how many, how long and wide, how far apart they stand and lean."""

    blades: tuple[int, int]
    length: tuple[float, float]
    width: tuple[float, float]
    extent: tuple[float, float]
    lean: tuple[float, float]
    droop: tuple[float, float]


GRASS = Clump((500, 2200), (1.0, 1.9), (0.003, 0.009), (0.2, 0.9), (0.15, 0.6), (0.1, 0.7))
REEDS = Clump((60, 200), (1.5, 2.1), (0.004, 0.014), (0.3, 0.7), (0.05, 0.25), (0.0, 0.3))
MEADOW = Clump((900, 2600), (0.8, 1.5), (0.002, 0.006), (0.7, 1.1), (0.2, 0.7), (0.1, 0.5))


def grassy(rng: np.random.Generator, frames: int, clump: Clump, strength: float = 1.0) -> list[Shape]:
    """A clump of blades in the wind, some with seeds at their ends."""
    count, steps = int(rng.integers(*clump.blades)), 12
    extent = rng.uniform(*clump.extent)
    roots = np.column_stack([rng.normal(0, extent / 2, count), rng.normal(0, extent / 3, count), np.full(count, -1.05)])
    heading = normalised(-GRAVITY + rng.normal(0, rng.uniform(*clump.lean), (count, 3)))
    length = rng.uniform(*clump.length) * rng.uniform(0.45, 1.15, (count, 1, 1))
    along = np.linspace(0, 1, steps)[None, :, None]
    bend = rng.uniform(*clump.droop) * rng.uniform(0.2, 1.6, (count, 1, 1))
    outward = normalised(heading * (1.0, 1.0, 0.0))[:, None]
    points = roots[:, None] + length * (heading[:, None] * along + bend * along**2 * (0.6 * outward + GRAVITY * along))
    points = roughened(points, 0.04, rng)
    radius = rng.uniform(*clump.width) * rng.uniform(0.5, 1.3, (count, 1)) * np.linspace(1, 0.12, steps) ** 0.7
    tint = along_strands(coat(points[:, 0] * 2, rng, 0.3), steps, rng)
    motion = Motion.drawn(rng, frames, 0.25 * strength)
    sway = Sway.drawn(rng, 0.25 * strength, 3.0)
    freedom = np.broadcast_to(along[..., 0] ** 1.5, (count, steps))
    blades = Strands(posed(points, freedom, frames, motion, sway), radius, tint, 0.5)
    seeds = seeded(points[rng.random(count) < rng.choice((0.0, 0.05, 0.3))], frames, motion, sway, rng)
    return [blades, *seeds]


def seeded(stalks: Array, frames: int, motion: Motion, sway: Sway, rng: np.random.Generator) -> list[Shape]:
    """Bristles (awns) about the last fifth of each stalk (N, K, 3)."""
    if len(stalks) == 0:
        return []
    each = int(np.clip(9000 // len(stalks), 20, 160))
    axis = np.repeat(normalised(stalks[:, -1] - stalks[:, -3]), each, axis=0)
    place = rng.random((len(axis), 1))
    base = np.repeat(stalks[:, -1], each, axis=0) - axis * place * rng.uniform(0.08, 0.2)
    first, second = across(axis, rng)
    heading = normalised(0.7 * axis + first + 0.3 * second) * rng.uniform(0.03, 0.08) * (1.2 - place)
    points = base[:, None] + heading[:, None] * np.linspace(0, 1, 4)[None, :, None]
    radius = np.tile(np.linspace(0.002, 0.0006, 4), (len(points), 1))
    tint = along_strands(coat(base, rng, 0.9), 4, rng)
    freedom = np.ones(points.shape[:2])
    return [Strands(posed(points, freedom, frames, motion, sway), radius, tint, 0.6)]


def dandelion(rng: np.random.Generator, frames: int, strength: float = 1.0) -> list[Shape]:
    """Spheres of fine rays on stalks: sparse strands with gaps all through."""
    motion, sway = Motion.drawn(rng, frames, 0.7 * strength), Sway.drawn(rng, 0.05, 2.0)
    shapes: list[Shape] = []
    for _ in range(int(rng.integers(1, 4))):
        centre = rng.normal(0, (0.35, 0.2, 0.25))
        heading = normalised(rng.normal(size=(int(rng.integers(500, 3000)), 3)))
        length = rng.uniform(0.25, 0.5) * rng.uniform(0.7, 1.05, (len(heading), 1, 1))
        points = roughened(
            centre + heading[:, None] * length * np.linspace(0, 1, 8)[None, :, None], rng.uniform(0, 0.08), rng
        )
        stalk = centre + np.linspace(0, 1, 8)[:, None] * np.array([rng.normal(0, 0.2), 0, -1.6])
        points = np.concatenate([points, stalk[None]])
        radius = np.full(points.shape[:2], rng.uniform(0.0012, 0.003))
        radius[-1] = 0.012
        tint = along_strands(coat(points[:, -1], rng, 0.5), 8, rng)
        freedom = np.broadcast_to(np.linspace(0, 1, 8), points.shape[:2])
        shapes.append(Strands(posed(points, freedom, frames, motion, sway), radius, tint, 0.5))
    return shapes


@dataclass(frozen=True)
class Foliage:
    """Leaves on branches: numbers, and a leaf's length and its width as a share of that."""

    branches: tuple[int, int]
    leaves: tuple[int, int]
    length: tuple[float, float]
    slender: tuple[float, float]


TREE = Foliage((4, 9), (14, 40), (0.08, 0.22), (0.25, 0.55))
FERN = Foliage((3, 7), (50, 90), (0.06, 0.2), (0.06, 0.14))
IVY = Foliage((5, 10), (8, 22), (0.1, 0.26), (0.5, 0.8))


def leafy(rng: np.random.Generator, frames: int, foliage: Foliage, strength: float = 1.0) -> list[Shape]:
    """Branches from one side with leaves that tremble."""
    count, steps = int(rng.integers(*foliage.branches)), 16
    origin = normalised(rng.normal(size=3) * (1.0, 0.2, 1.0)) * 1.1
    heading = normalised(-origin + rng.normal(0, 0.45, (count, 3)))
    along = np.linspace(0, 1, steps)[None, :, None]
    sag = rng.uniform(0, 0.4) * along**2 * GRAVITY
    branches = roughened(
        origin + rng.normal(0, 0.1, (count, 1, 3)) + heading[:, None] * along * rng.uniform(1.1, 1.8) + sag, 0.15, rng
    )
    motion, sway = Motion.drawn(rng, frames, 0.3 * strength), Sway.drawn(rng, 0.15 * strength, 2.0)
    freedom = np.broadcast_to(along[..., 0], (count, steps))
    tint = along_strands(coat(branches[:, 0], rng, 0.9), steps, rng)
    stems = Strands(
        posed(branches, freedom, frames, motion, sway), np.tile(np.linspace(0.014, 0.003, steps), (count, 1)), tint, 0.6
    )
    return [stems, leaves(branches, foliage, frames, motion, sway, rng)]


def leaves(
    branches: Array, foliage: Foliage, frames: int, motion: Motion, sway: Sway, rng: np.random.Generator
) -> Surface:
    """One sheet of all leaves of the branches (N, K, 3): bent blades with a midrib's colour."""
    each = int(rng.integers(*foliage.leaves))
    place = rng.uniform(0.15, 1.0, (len(branches), each)) * (branches.shape[1] - 2)
    low, part = place.astype(np.int64), (place % 1)[..., None]
    rows = np.arange(len(branches))[:, None]
    base = (branches[rows, low] * (1 - part) + branches[rows, low + 1] * part).reshape(-1, 3)
    axis = normalised((branches[rows, low + 1] - branches[rows, low]).reshape(-1, 3))
    side, up = across(axis, rng)
    heading = normalised(0.6 * axis + side + 0.3 * GRAVITY)
    wing = normalised(np.cross(heading, up))
    size = rng.uniform(*foliage.length) * rng.uniform(0.6, 1.3, (len(base), 1, 1, 1))
    u, v = np.linspace(0, 1, 9)[None, :, None, None], np.linspace(-1, 1, 5)[None, None, :, None]
    width = rng.uniform(*foliage.slender) * np.sin(np.pi * u**0.8)
    blade = (
        heading[:, None, None] * u
        + wing[:, None, None] * v * width
        + up[:, None, None] * (0.3 * u**2 + 0.25 * width * v**2)
    )
    points = (base[:, None, None] + size * blade).reshape(len(base), -1, 3)
    moved = posed(points, np.full(points.shape[:2], 0.8), frames, motion, sway)
    tint = coat(base * 3, rng, 0.2)[:, None, None] * (1 - 0.45 * np.exp(-30 * v**2)) * np.ones_like(u)
    faces = grid_faces(9, 5)[None] + 45 * np.arange(len(base))[:, None, None]
    vein = 1 + 0.35 * noise(points.reshape(-1, 3), 20.0, rng, 2)
    shades = np.clip(tint.reshape(-1, 3) * vein[:, None], 0.003, 0.95)
    return Surface(
        moved.reshape(frames, -1, 3), faces.reshape(-1, 4), np.column_stack([shades, np.ones(len(shades))]), True
    )
