"""How a rendered subject moves: smooth poses over time, with free ends that follow late and sway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stfam.core.training.renders.geometry import Array


def rotation(angles: Array) -> Array:
    """Rotation matrices (..., 3, 3) of Euler angles (..., 3) in radians, about X, then Y, then Z."""
    cosine, sine = np.cos(angles), np.sin(angles)
    zero, one = np.zeros(angles.shape[:-1]), np.ones(angles.shape[:-1])
    (cx, cy, cz), (sx, sy, sz) = np.moveaxis(cosine, -1, 0), np.moveaxis(sine, -1, 0)
    about_x = np.stack([one, zero, zero, zero, cx, -sx, zero, sx, cx], -1)
    about_y = np.stack([cy, zero, sy, zero, one, zero, -sy, zero, cy], -1)
    about_z = np.stack([cz, -sz, zero, sz, cz, zero, zero, zero, one], -1)
    x, y, z = (matrix.reshape(*matrix.shape[:-1], 3, 3) for matrix in (about_x, about_y, about_z))
    product: Array = z @ y @ x
    return product


@dataclass(frozen=True)
class Motion:
    """A pose that varies smoothly: Euler angles and position as linear drift plus one sine each, time in frames."""

    angle: Array
    turn: Array
    swing: Array
    drift: Array
    bounce: Array
    period: float
    phase: Array

    @classmethod
    def drawn(cls, rng: np.random.Generator, frames: int, strength: float = 1.0) -> Motion:
        """A random motion whose middle frame is near the rest pose."""
        return cls(
            angle=rng.normal(0, (0.12, 0.12, 0.5)),
            turn=rng.normal(0, (0.1, 0.15, 0.5)) * strength / frames,
            swing=rng.normal(0, (0.10, 0.14, 0.18)) * strength,
            drift=rng.normal(0, (0.35, 0.15, 0.12)) * strength / frames,
            bounce=rng.normal(0, (0.05, 0.03, 0.05)) * strength,
            period=float(rng.uniform(8, 26)),
            phase=rng.uniform(0, 2 * np.pi, 6),
        )

    def at(self, time: Array, middle: float) -> tuple[Array, Array]:
        """Rotations (..., 3, 3) and positions (..., 3) at times (...) in frames; drift is zero at ``middle``."""
        late = (time - middle)[..., None]
        wave = np.sin(2 * np.pi * time[..., None] / self.period + self.phase)
        angles = self.angle + self.turn * late + self.swing * wave[..., :3]
        return rotation(angles), self.drift * late + self.bounce * wave[..., 3:]


@dataclass(frozen=True)
class Joint:
    """A part's own swing about a point: ``swing`` radians about the three axes, as one sine of the clip's motion."""

    pivot: Array
    swing: Array
    period: float
    phase: float

    @classmethod
    def drawn(cls, rng: np.random.Generator, pivot: Array, strength: float) -> Joint:
        """A random swing."""
        return cls(pivot, rng.normal(0, strength, 3), float(rng.uniform(7, 20)), float(rng.uniform(0, 2 * np.pi)))

    def apply(self, points: Array, time: Array) -> Array:
        """Points (..., 3) turned about the pivot at times that broadcast against ``points[..., 0]``."""
        wave = np.sin(2 * np.pi * time / self.period + self.phase)
        turned = np.einsum("...ij,...j->...i", rotation(wave[..., None] * self.swing), points - self.pivot)
        moved: Array = turned + self.pivot
        return moved


@dataclass(frozen=True)
class Sway:
    """Wind and inertia: free ends trail ``lag`` frames behind and wave by ``amplitude`` in world units."""

    lag: float
    amplitude: float
    period: float
    direction: Array
    wavelength: float

    @classmethod
    def drawn(cls, rng: np.random.Generator, amplitude: float, lag: float = 2.5) -> Sway:
        """Random wind; ``amplitude`` is the largest typical excursion of a strand's end."""
        direction = rng.normal(size=3) * (1.0, 0.5, 0.4)
        direction = direction / np.linalg.norm(direction)
        size = amplitude * float(rng.uniform(0.3, 1.0))
        return cls(
            float(rng.uniform(0.3, 1.0)) * lag, size, float(rng.uniform(6, 18)), direction, float(rng.uniform(0.5, 2.5))
        )

    def offset(self, roots: Array, freedom: Array, time: float) -> Array:
        """Displacement (N, K, 3) of strands with roots (N, 3) whose points are free by ``freedom`` (N, K), 0 to 1."""
        along = roots @ (self.direction[[1, 0, 2]] + 0.3) / self.wavelength
        angle = 2 * np.pi * (time / self.period + along)[:, None] - 1.5 * freedom
        size = self.amplitude * freedom**1.6 * (np.sin(angle) + 0.35 * np.sin(2.7 * angle + 1.0))
        moved: Array = size[..., None] * self.direction
        return moved


def posed(points: Array, freedom: Array, frames: int, motion: Motion, sway: Sway, joint: Joint | None = None) -> Array:
    """Strands at rest (N, K, 3) through the clip: (T, N, K, 3).

    ``freedom`` (N, K) says how far a point trails behind its root: 0 moves with the body, 1 trails by the whole lag.
    """
    middle = (frames - 1) / 2
    moved = []
    for frame in range(frames):
        time = frame - sway.lag * freedom
        local = points if joint is None else joint.apply(points, time)
        matrix, position = motion.at(time, middle)
        world = np.einsum("nkij,nkj->nki", matrix, local) + position
        moved.append(world + sway.offset(points[:, 0], freedom, float(frame)))
    return np.stack(moved)
