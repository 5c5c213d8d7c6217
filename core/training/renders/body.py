"""Bodies of creatures: ellipsoids with a place, a tilt and a joint each, to be covered with fur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stfam.core.training.renders.geometry import Array, Surface, grid_faces, normalised
from stfam.core.training.renders.motion import Joint, Motion, rotation
from stfam.core.training.renders.texture import noise


@dataclass(frozen=True)
class Part:
    """An ellipsoid: centre (3,), radii (3,), Euler angles (3,), its fur's length as a factor, its swing."""

    centre: Array
    radii: Array
    angles: Array
    fur: float = 1.0
    joint: Joint | None = None

    def place(self, unit: Array) -> Array:
        """Points of the unit sphere (N, 3) on the part's surface."""
        placed: Array = (unit * self.radii) @ rotation(self.angles).T + self.centre
        return placed

    def normal(self, unit: Array) -> Array:
        """Outward normals (N, 3) there."""
        return normalised((unit / self.radii) @ rotation(self.angles).T)

    def depth(self, points: Array) -> Array:
        """How deep points (N, 3) lie: 0 at the centre, 1 on the surface, more outside."""
        local = (points - self.centre) @ rotation(self.angles) / self.radii
        depth: Array = np.linalg.norm(local, axis=1)
        return depth

    @property
    def area(self) -> float:
        """Surface area, by Thomsen's formula."""
        a, b, c = self.radii**1.6075
        return float(4 * np.pi * ((a * b + a * c + b * c) / 3) ** (1 / 1.6075))


def roots(part: Part, others: tuple[Part, ...], count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """About ``count`` points (N, 3) spread evenly over a part, none inside another part, and their normals."""
    unit = normalised(rng.normal(size=(count * 3, 3)))
    stretch = np.linalg.norm(unit * np.prod(part.radii) / part.radii, axis=1)
    unit = unit[rng.random(len(unit)) < stretch / stretch.mean() / 3]
    points = part.place(unit)
    outside = np.ones(len(points), bool)
    for other in others:
        if other is not part:
            outside &= other.depth(points) > 0.92
    return points[outside], part.normal(unit)[outside]


def lumps(points: Array, normals: Array, amount: float, seed: int) -> Array:
    """Points (N, 3) pushed along their normals by noise, the same for the skin and for the roots of its fur."""
    pushed: Array = points + normals * (amount * noise(points, 2.5, np.random.default_rng(seed), 2))[:, None]
    return pushed


def sphere() -> tuple[Array, Array]:
    """Unit sphere as a grid of (24 * 32, 3) points, and its faces."""
    rows, columns = 24, 32
    height = np.linspace(-np.pi / 2, np.pi / 2, rows)[:, None]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    points = np.stack(
        np.broadcast_arrays(np.cos(height) * np.cos(around), np.cos(height) * np.sin(around), np.sin(height)), -1
    )
    return points.reshape(-1, 3), grid_faces(rows, columns, wrap=True).astype(np.float64)


def skin(part: Part, shade: Array, amount: float, seed: int, frames: int, motion: Motion) -> Surface:
    """The surface of a part through the clip, in one colour (3,)."""
    unit, faces = sphere()
    rest = lumps(part.place(unit), part.normal(unit), amount, seed)
    moved = []
    for frame in range(frames):
        local = rest if part.joint is None else part.joint.apply(rest, np.full(len(rest), float(frame)))
        matrix, position = motion.at(np.array(float(frame)), (frames - 1) / 2)
        moved.append(local @ matrix.T + position)
    return Surface(np.stack(moved), faces.astype(np.int64), np.tile([*shade, 1.0], (len(rest), 1)))


def mirrored(part: Part) -> tuple[Part, Part]:
    """A part and its twin on the other side (x reversed)."""
    flip = np.array([-1.0, 1.0, 1.0])
    joint = part.joint
    twin = (
        None if joint is None else Joint(joint.pivot * flip, joint.swing * (1, -1, -1), joint.period, joint.phase + 0.7)
    )
    return part, Part(part.centre * flip, part.radii, part.angles * (1, -1, -1), part.fur, twin)


def limb(
    rng: np.random.Generator, start: Array, end: Array, width: float, fur: float = 0.6, swing: float = 0.25
) -> Part:
    """A long ellipsoid from one point to another that swings about its start."""
    axis = end - start
    length = float(np.linalg.norm(axis))
    tilt = np.array([np.arctan2(-axis[1], np.hypot(axis[0], axis[2])), np.arctan2(axis[0], axis[2]), 0.0])
    radii = np.array([width, width, length / 2 + width * 0.6])
    return Part((start + end) / 2, radii, tilt, fur, Joint.drawn(rng, start, swing))
