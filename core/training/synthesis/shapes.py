"""Silhouettes: closed outlines with lobes, limbs, spikes and holes."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.training.synthesis.types import Field, Points

SUPERSAMPLING = 4
FREE = 0.08
"""Share of the canvas that stays free on each side of outlines that are kept within it."""


def outline(rng: np.random.Generator, centre: tuple[float, float], radius: float, roughness: float = 0.25) -> Points:
    """Closed outline (P, 2): a circle bent by a few low harmonics, ``roughness`` of the radius in all."""
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    orders = np.arange(1, 8)[:, None]
    waves = np.cos(orders * angle + rng.uniform(0, 2 * np.pi, (7, 1))) * rng.normal(0, 1, (7, 1)) / orders
    bumps = waves.sum(axis=0)
    reach = radius * (1.0 + roughness * 0.6 * bumps).clip(0.3, 2.0)
    squash, turn = rng.uniform(0.65, 1.0), rng.uniform(0, np.pi)
    x, y = reach * np.cos(angle), reach * np.sin(angle) * squash
    return np.stack(
        [centre[0] + x * np.cos(turn) - y * np.sin(turn), centre[1] + x * np.sin(turn) + y * np.cos(turn)], axis=1
    )


def spiky(rng: np.random.Generator, centre: tuple[float, float], radius: float) -> Points:
    """Closed outline (P, 2) of a leaf or a star: long teeth of uneven length."""
    teeth = int(rng.integers(5, 28))
    angle = np.linspace(0, 2 * np.pi, teeth * 2, endpoint=False) + rng.uniform(0, 2 * np.pi)
    reach = np.where(np.arange(teeth * 2) % 2 == 0, rng.uniform(0.7, 1.3, teeth * 2), rng.uniform(0.25, 0.75))
    return np.stack([centre[0] + radius * reach * np.cos(angle), centre[1] + radius * reach * np.sin(angle)], axis=1)


def fill(outlines: list[Points], size: int) -> Field:
    """Coverage (size, size) in [0, 1] of the union of closed outlines, antialiased."""
    canvas = np.zeros((size * SUPERSAMPLING, size * SUPERSAMPLING), np.uint8)
    for points in outlines:
        cv2.fillPoly(canvas, [np.rint(points * SUPERSAMPLING * 16).astype(np.int32)], 255, shift=4)
    coverage = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(coverage, np.float32) / np.float32(255)


def creature(rng: np.random.Generator, size: int) -> list[Points]:
    """Outlines of a body: head on shoulders, an animal with limbs, or a plain lump; their union is the silhouette."""
    middle = (size * rng.uniform(0.38, 0.62), size * rng.uniform(0.4, 0.65))
    radius = size * rng.uniform(0.13, 0.24)
    parts = [outline(rng, middle, radius)]
    style = rng.integers(3)
    if style == 0:
        parts.append(outline(rng, (middle[0], middle[1] + radius * 2.0), radius * 1.5, 0.15))
    elif style == 1:
        for _ in range(int(rng.integers(2, 6))):
            angle, reach = rng.uniform(0, 2 * np.pi), radius * rng.uniform(0.8, 1.4)
            where = (middle[0] + reach * np.cos(angle), middle[1] + reach * np.sin(angle))
            parts.append(outline(rng, where, radius * rng.uniform(0.25, 0.6)))
    return within(parts, size)


def within(outlines: list[Points], size: int) -> list[Points]:
    """The outlines shrunk and moved together to keep ``FREE`` of the canvas free on all sides."""
    points = np.concatenate(outlines)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min(1.0, size * (1 - 2 * FREE) / float(max(high - low)))
    shift = np.clip(size * FREE - low * scale, 0, None) + np.clip(size * (1 - FREE) - high * scale, None, 0)
    return [outline * scale + shift for outline in outlines]
