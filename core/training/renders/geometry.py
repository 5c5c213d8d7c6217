"""What a rendered scene is made of: strands and surfaces whose points are known in every frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Strands:
    """Curves with the same number of points each.

    ``points`` (T, N, K, 3) in world space, ``radius`` (N, K) in world units, ``colour`` (N, K, 3) linear,
    ``roughness`` of the glints.
    """

    points: Array
    radius: Array
    colour: Array
    roughness: float = 0.35


@dataclass(frozen=True)
class Surface:
    """A mesh of quads: ``points`` (T, V, 3), ``faces`` (F, 4), ``colour`` (V, 4) linear with opacity.

    ``sheet`` surfaces are lit through and honour the opacity; others are opaque.
    """

    points: Array
    faces: NDArray[np.int64]
    colour: Array
    sheet: bool = False
    roughness: float = 0.7


Shape: TypeAlias = Strands | Surface


def normalised(vectors: Array) -> Array:
    """Vectors (..., 3) scaled to length 1; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Array = vectors / np.maximum(length, 1e-9)
    return scaled


def across(directions: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Two unit vectors perpendicular to each of the directions (N, 3) and to one another, turned at random."""
    first = normalised(np.cross(directions, normalised(rng.normal(size=directions.shape))))
    return first, np.cross(directions, first)


def grid_faces(rows: int, columns: int, wrap: bool = False) -> NDArray[np.int64]:
    """Quads (F, 4) of a grid of points numbered row by row; ``wrap`` joins the last column to the first."""
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns - (not wrap)), indexing="ij")
    right = (column + 1) % columns
    corners = (row * columns + column, row * columns + right, (row + 1) * columns + right, (row + 1) * columns + column)
    return np.stack(corners, -1).reshape(-1, 4)
