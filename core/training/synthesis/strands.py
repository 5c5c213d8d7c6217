"""Hair and fur: many thin curves that keep their identity over the clip, drawn finer than a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.types import Field, Points

SUPERSAMPLING = 3
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Strands:
    """N strands at rest.

    roots (N, 2) in pixels; direction (N,) in radians at the root; length (N,) in pixels; width (N,) in pixels of the
    supersampled canvas; opacity (N,) in [0, 1]; curl, pitch, phase (N,) amplitude in radians, turns, start of the
    curling; fall (N,) how strongly gravity turns the strand down; colours (N, 3, 3) at root, middle and tip in [0, 1];
    clump (N,) index of the strand whose tip it leans to; lean (N,) in [0, 1] how much.
    """

    roots: Points
    direction: Numbers
    length: Numbers
    width: NDArray[np.int64]
    opacity: Numbers
    curl: Numbers
    pitch: Numbers
    phase: Numbers
    fall: Numbers
    colours: Field
    clump: NDArray[np.int64]
    lean: Numbers


def curves(strands: Strands, roots: Points, sway: Numbers, turn: float, samples: int) -> Points:
    """Positions (N, samples, 2) of the strands when their roots are at ``roots``.

    ``sway`` (N,) is the angle in radians by which each strand is bent at its tip, ``turn`` the body's own rotation.
    """
    along = np.linspace(0.0, 1.0, samples)[None]
    angle = strands.direction[:, None] + turn + sway[:, None] * along
    angle = angle + strands.curl[:, None] * np.sin(2 * np.pi * strands.pitch[:, None] * along + strands.phase[:, None])
    down = np.arctan2(np.sin(np.pi / 2 - angle), np.cos(np.pi / 2 - angle))
    angle = angle + strands.fall[:, None] * along * down
    step = strands.length[:, None] / (samples - 1)
    x = roots[:, :1] + np.cumsum(np.cos(angle) * step, axis=1)
    y = roots[:, 1:] + np.cumsum(np.sin(angle) * step, axis=1)
    points = np.stack([x, y], axis=-1)
    leaning = (strands.lean[:, None] * along**1.5)[..., None]
    gathered: Points = points * (1 - leaning) + points[strands.clump] * leaning
    return gathered


def samples_for(strands: Strands) -> int:
    """How many points a strand needs: long and curled ones more."""
    turns = float((strands.curl * strands.pitch).mean())
    return 20 if float(strands.length.mean()) > 45 or turns > 0.6 else 9


def draw(canvas: NDArray[np.uint8], points: Points, strands: Strands, pieces: int) -> None:
    """Draw strands (N, S, 2) on a straight RGBA canvas (H, W, 4), ``SUPERSAMPLING`` times finer than ``points``.

    Each strand is drawn in ``pieces`` whose colours follow it from root to tip and whose width tapers.
    """
    samples = points.shape[1]
    fixed = np.rint(points * SUPERSAMPLING * 8).astype(np.int32)
    cuts = np.linspace(0, samples - 1, pieces + 1).round().astype(int)
    tones = _tones(strands, pieces)
    widths = np.maximum(1, np.rint(strands.width[:, None] * np.linspace(1.0, 0.45, pieces)[None])).astype(int)
    for n in range(len(fixed)):
        for piece in range(pieces):
            line = fixed[n, cuts[piece] : cuts[piece + 1] + 1]
            cv2.polylines(canvas, [line], False, tones[n][piece], int(widths[n, piece]), cv2.LINE_8, 3)


def _tones(strands: Strands, pieces: int) -> list[list[list[float]]]:
    """Colour and coverage (N, pieces, 4) in [0, 255] along each strand."""
    along = np.linspace(0, 2, pieces)
    lower = np.minimum(along.astype(int), 1)
    share = (along - lower)[None, :, None]
    colour = strands.colours[:, lower] * (1 - share) + strands.colours[:, lower + 1] * share
    opacity = np.repeat(strands.opacity[:, None, None], pieces, axis=1)
    tones: list[list[list[float]]] = (np.concatenate([colour, opacity], axis=2) * 255).clip(0, 255).tolist()
    return tones


def resolve(canvas: NDArray[np.uint8], size: int) -> Field:
    """Premultiplied frame (size, size, 4) in [0, 1] of a supersampled straight canvas."""
    fine = canvas.astype(np.float32) / np.float32(255)
    fine[..., :3] *= fine[..., 3:]
    return np.asarray(cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA), np.float32)
