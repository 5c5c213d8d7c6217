"""Paths of a foreground over its clip: affine matrices and elastic displacements that change smoothly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.noise import curve, smooth_field
from stfam.core.training.synthesis.types import Field, Points

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Path:
    """Matrices (T, 2, 3) that map the rest pose to each frame."""

    matrices: NDArray[np.float64]

    def points(self, frame: int, rest: Points) -> Points:
        """Positions at ``frame`` of points (..., 2) of the rest pose."""
        matrix = self.matrices[frame]
        moved: Points = rest @ matrix[:, :2].T + matrix[:, 2]
        return moved

    def placed(self, scale: float, shift: Vector) -> Path:
        """The same path, everything on it scaled by ``scale`` and then moved by ``shift`` (2,) pixels."""
        matrices = self.matrices * scale
        matrices[:, :, 2] += shift
        return Path(matrices)

    def fitted(self, mask: Field, margin: float) -> Path:
        """The path placed so that what lies under ``mask`` (H, W) at rest stays on the canvas."""
        rows, columns = np.flatnonzero(mask.max(axis=1) > 0), np.flatnonzero(mask.max(axis=0) > 0)
        if not len(rows):
            return self
        corners = np.array([(x, y) for x in columns[[0, -1]] for y in rows[[0, -1]]], float)
        reached = np.concatenate([self.points(t, corners) for t in range(len(self.matrices))])
        return self.placed(*fit(reached.min(axis=0), reached.max(axis=0), mask.shape[0], margin))

    def about_pivot(self, pivot: tuple[float, float], angles: Vector) -> Path:
        """The path of a limb that turns by ``angles`` (T,) radians about a joint of this one, given at rest."""
        turned = [about(pivot, float(angle), 1.0, (0.0, 0.0)) for angle in angles]
        return Path(np.stack([_chained(m, turn) for m, turn in zip(self.matrices, turned, strict=True)]))

    def between(self, frame: int, share: float) -> NDArray[np.float64]:
        """The matrix a ``share`` in [-0.5, 0.5] of a frame away from ``frame``, for motion blur."""
        other = min(max(frame + (1 if share > 0 else -1), 0), len(self.matrices) - 1)
        mixed: NDArray[np.float64] = self.matrices[frame] * (1 - abs(share)) + self.matrices[other] * abs(share)
        return mixed


def fit(low: Vector, high: Vector, size: int, margin: float) -> tuple[float, Vector]:
    """Scale (at most 1) and shift (2,) that bring a box from ``low`` to ``high`` (2,) within a square canvas."""
    scale = min(1.0, (size - 2 * margin) / float(max(high - low)))
    shift = np.clip(margin - low * scale, 0, None) + np.clip(size - margin - high * scale, None, 0)
    return scale, shift


def _chained(outer: Vector, inner: Vector) -> Vector:
    product: Vector = outer[:, :2] @ inner
    product[:, 2] += outer[:, 2]
    return product


def about(centre: tuple[float, float], angle: float, scale: float, shift: tuple[float, float]) -> NDArray[np.float64]:
    """Matrix (2, 3) that turns by ``angle`` radians and scales about ``centre``, then shifts by pixels."""
    c, s = np.cos(angle) * scale, np.sin(angle) * scale
    x, y = centre
    return np.array([[c, -s, x - c * x + s * y + shift[0]], [s, c, y - s * x - c * y + shift[1]]])


def random_path(rng: np.random.Generator, frames: int, size: int, strength: float = 1.0) -> Path:
    """A smooth path of up to a few pixels a frame; one in eight stands still."""
    if rng.random() < 0.125:
        strength = 0.0
    step = size * 0.06 * strength * rng.uniform(0.2, 1.0)
    x, y = curve(rng, frames, step), curve(rng, frames, step)
    angle, scale = curve(rng, frames, 0.1 * strength), 1.0 + curve(rng, frames, 0.05 * strength)
    centre = (size / 2, size / 2)
    return Path(np.stack([about(centre, angle[t], max(scale[t], 0.5), (x[t], y[t])) for t in range(frames)]))


def elastic(rng: np.random.Generator, frames: int, size: int, strength: float, cell: float) -> list[Field]:
    """Displacements (H, W, 2) in pixels, one a frame, that swing smoothly between a few random fields."""
    fields = np.stack([[smooth_field(rng, size, size, cell) for _ in range(2)] for _ in range(3)])
    weights = np.stack([curve(rng, frames, strength) for _ in fields]).astype(np.float32)
    return [np.einsum("n,nchw->hwc", weights[:, t], fields) for t in range(frames)]
