"""Trimaps of a clip as artists paint them and as a propagation network carries them, made from the true alpha."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.noise import smooth_field
from stfam.core.training.synthesis.types import Field, Pixels

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255
OPAQUE, CLEAR = 0.99, 0.01


@dataclass(frozen=True)
class TrimapStyle:
    """How an unknown band is painted.

    ``inner`` and ``outer`` are the mean widths in pixels by which it reaches into the foreground and the background,
    ``unevenness`` in [0, 1] how much they vary along the band, ``patch`` the length in pixels over which they vary,
    ``brush`` the size in pixels below which
    known islands inside the band are left unknown, ``jitter`` whether each
    frame is painted anew, ``shift`` by how many pixels the trimap sits wrong.
    """

    inner: float = 6.0
    outer: float = 6.0
    unevenness: float = 0.5
    patch: float = 40.0
    brush: int = 0
    jitter: bool = False
    shift: float = 0.0


def random_style(rng: np.random.Generator, wrong: float = 0.05) -> TrimapStyle:
    """A style with bands of 3 to 60 px in all; with probability ``wrong`` it is slightly misplaced."""
    width = float(np.exp(rng.uniform(np.log(3.0), np.log(60.0))))
    share = rng.uniform(0.25, 0.75)
    return TrimapStyle(
        inner=width * share,
        outer=width * (1.0 - share),
        unevenness=rng.uniform(0.0, 0.9),
        patch=rng.uniform(12.0, 90.0) + width,
        brush=int(rng.choice((0, 0, 5, 11, 21))),
        jitter=bool(rng.random() < 0.35),
        shift=rng.uniform(1.0, 4.0) if rng.random() < wrong else 0.0,
    )


def paint_trimap(rng: np.random.Generator, alpha: Field, style: TrimapStyle) -> Pixels:
    """Trimaps (T, H, W) with values 0, 128, 255 of an alpha (T, H, W) in [0, 1]."""
    frames, height, width = alpha.shape
    scale = np.zeros((frames, height, width), np.float32)
    steady = _unevenness(rng, height, width, style)
    for frame in range(frames):
        scale[frame] = _unevenness(rng, height, width, style) if style.jitter else steady
    painted = np.stack([_paint(alpha[t], scale[t], style) for t in range(frames)])
    return _misplaced(rng, painted, style)


def _unevenness(rng: np.random.Generator, height: int, width: int, style: TrimapStyle) -> Field:
    field = smooth_field(rng, height, width, style.patch)
    return np.asarray(np.clip(1.0 + style.unevenness * field, 0.15, 2.5), np.float32)


def _paint(alpha: Field, scale: Field, style: TrimapStyle) -> Pixels:
    opaque, clear = alpha >= OPAQUE, alpha <= CLEAR
    to_not_opaque = cv2.distanceTransform(opaque.astype(np.uint8), cv2.DIST_L2, 3)
    to_not_clear = cv2.distanceTransform(clear.astype(np.uint8), cv2.DIST_L2, 3)
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[_brushed(to_not_opaque > style.inner * scale, style.brush)] = FOREGROUND
    trimap[_brushed(to_not_clear > style.outer * scale, style.brush)] = BACKGROUND
    return trimap


def _brushed(known: NDArray[np.bool_], brush: int) -> NDArray[np.bool_]:
    """The known region without what a round brush of that size cannot paint."""
    if brush == 0:
        return known
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (brush, brush))
    return np.asarray(cv2.morphologyEx(known.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0)


def _misplaced(rng: np.random.Generator, trimap: Pixels, style: TrimapStyle) -> Pixels:
    if style.shift == 0.0:
        return trimap
    angle = rng.uniform(0.0, 2.0 * np.pi)
    matrix = np.array([[1, 0, style.shift * np.cos(angle)], [0, 1, style.shift * np.sin(angle)]], np.float32)
    size = (trimap.shape[2], trimap.shape[1])
    moved = [cv2.warpAffine(t, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) for t in trimap]
    return np.stack(moved).astype(np.uint8)
