"""Foregrounds with strands, frame by frame: long hair, fur, feathers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stfam.core.training.synthesis import coats
from stfam.core.training.synthesis import strands as strand
from stfam.core.training.synthesis.canvas import FRAMES, SIZE, over, premultiplied, straight, vignette, warp
from stfam.core.training.synthesis.materials import Materials
from stfam.core.training.synthesis.motion import Path, fit, random_path
from stfam.core.training.synthesis.noise import curve
from stfam.core.training.synthesis.shapes import creature, fill
from stfam.core.training.synthesis.strands import Numbers, Strands
from stfam.core.training.synthesis.surface import shading, surface
from stfam.core.training.synthesis.types import Field, Pixels, Points

MARGIN = 6.0


def hair(rng: np.random.Generator, materials: Materials, frames: int = FRAMES) -> Pixels:
    """Long hair, (T, H, W, 4) straight RGBA: thin, curled, clumped, part-transparent; some clips are feathers."""
    style = rng.choice(("radial", "hairstyle", "hairstyle", "feather"))
    if style == "feather":
        return _clip(rng, np.zeros((SIZE, SIZE, 4), np.float32), coats.feathers(rng, materials, SIZE), frames)
    mask, body = _body(rng, materials)
    grow = coats.hairstyle if style == "hairstyle" else coats.radial
    return _clip(rng, body, grow(rng, materials, mask, body[..., :3]), frames)


def fur(rng: np.random.Generator, materials: Materials, frames: int = FRAMES) -> Pixels:
    """Short dense fur at the border of a textured body, (T, H, W, 4) straight RGBA."""
    mask, body = _body(rng, materials)
    return _clip(rng, body, coats.fur(rng, materials, mask, body[..., :3]), frames)


def _body(rng: np.random.Generator, materials: Materials) -> tuple[Field, Field]:
    mask = fill(creature(rng, SIZE), SIZE)
    texture = surface(rng, materials, SIZE) * shading(rng, mask, 12.0)[..., None]
    return mask, premultiplied(np.clip(texture, 0, 1), mask)


def _clip(rng: np.random.Generator, body: Field, grown: Strands, frames: int) -> Pixels:
    sways = _sways(rng, grown, frames)
    grown, path = _fitted(grown, random_path(rng, frames, SIZE), sways)
    return np.stack([straight(_frame(grown, body, path, t, sways[t])) for t in range(frames)])


def _sways(rng: np.random.Generator, grown: Strands, frames: int) -> Numbers:
    """Angles (T, N) in radians by which wind bends each strand: a gust that travels across, and its own tremble."""
    wind = curve(rng, frames, rng.uniform(0.0, 0.5))
    phase = grown.roots[:, 0] / 60.0 + rng.uniform(0, 2 * np.pi, len(grown.roots)) * 0.3
    strength = 0.0 if rng.random() < 0.12 else rng.uniform(0.02, 0.12)
    time = np.arange(frames)[:, None]
    result: Numbers = wind[:, None] + strength * np.sin(0.7 * time + phase[None])
    return result * (1.0 if strength else 0.0)


def _posed(grown: Strands, path: Path, time: int, sway: Numbers) -> Points:
    matrix = path.matrices[time]
    turn = float(np.arctan2(matrix[1, 0], matrix[0, 0]))
    return strand.curves(grown, path.points(time, grown.roots), sway, turn, strand.samples_for(grown))


def _fitted(grown: Strands, path: Path, sways: Numbers) -> tuple[Strands, Path]:
    """Strands and path shrunk and moved so that next to nothing crosses the border of the canvas."""
    tips = np.concatenate([_posed(grown, path, t, sways[t])[:, ::4].reshape(-1, 2) for t in range(0, len(sways), 2)])
    low, high = np.percentile(tips, 0.3, axis=0), np.percentile(tips, 99.7, axis=0)
    scale, shift = fit(low, high, SIZE, MARGIN)
    return replace(grown, length=grown.length * scale), path.placed(scale, shift)


def _frame(grown: Strands, body: Field, path: Path, time: int, sway: Numbers) -> Field:
    fine = SIZE * strand.SUPERSAMPLING
    canvas = np.zeros((fine, fine, 4), np.uint8)
    strand.draw(canvas, _posed(grown, path, time, sway), grown, 4 if strand.samples_for(grown) > 10 else 3)
    grown_over = strand.resolve(canvas, SIZE) * vignette(0.06)[..., None]
    return over(grown_over, warp(body, path.matrices[time].astype(np.float32)))
