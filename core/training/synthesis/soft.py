"""Foregrounds without a firm edge: translucent cloth and glass, motion blur and defocus."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.training.synthesis.canvas import FRAMES, SIZE, bend, over, premultiplied, straight, warp
from stfam.core.training.synthesis.materials import Materials
from stfam.core.training.synthesis.motion import Path, elastic, random_path
from stfam.core.training.synthesis.noise import curve, fractal, smooth_field
from stfam.core.training.synthesis.shapes import creature, fill, outline, spiky
from stfam.core.training.synthesis.surface import palette, shading, surface
from stfam.core.training.synthesis.types import Field, Pixels

MARGIN = 24.0
SUBFRAMES = 15
"""Of which a frame is the mean while the shutter is open."""


def translucent(rng: np.random.Generator, materials: Materials, frames: int = FRAMES) -> Pixels:
    """A waving sheet of thin cloth or a vessel of glass, (T, H, W, 4) straight RGBA, part of it often opaque."""
    radius = SIZE * rng.uniform(0.22, 0.36)
    sheet = fill([outline(rng, (SIZE / 2, SIZE / 2), radius, rng.uniform(0.05, 0.25))], SIZE)
    frame = _glass(rng, materials, sheet) if rng.random() < 0.35 else _cloth(rng, materials, sheet)
    if rng.random() < 0.6:
        solid = fill(creature(rng, SIZE), SIZE)
        body = premultiplied(np.clip(surface(rng, materials, SIZE) * shading(rng, solid, 10)[..., None], 0, 1), solid)
        frame = over(body, frame) if rng.random() < 0.5 else over(frame, body)
    wave = elastic(rng, frames, SIZE, rng.uniform(0, 6), rng.uniform(60, 160))
    path = random_path(rng, frames, SIZE).fitted(frame[..., 3], MARGIN)
    return np.stack([straight(warp(bend(frame, wave[t]), path.matrices[t].astype(np.float32))) for t in range(frames)])


def _cloth(rng: np.random.Generator, materials: Materials, sheet: Field) -> Field:
    """Premultiplied cloth whose thickness varies, doubled where it folds, woven or plain."""
    thickness = rng.uniform(0.2, 0.75) + 0.18 * fractal(rng, SIZE, SIZE, rng.uniform(40, 150), 4) + _folds(rng)
    if rng.random() < 0.4:
        thickness = thickness + rng.uniform(0.05, 0.25) * _weave(rng)
    thickness = np.clip(thickness, 0.03, 1.0)
    plain = np.ones((SIZE, SIZE, 3), np.float32) * palette(rng, materials.images, 1)
    texture = surface(rng, materials, SIZE) if rng.random() < 0.6 else plain
    lit = np.clip(texture * (0.6 + 0.6 * thickness[..., None]), 0, 1)
    return premultiplied(lit.astype(np.float32), (sheet * thickness).astype(np.float32))


def _folds(rng: np.random.Generator) -> Field:
    """Ridges of double thickness, where cloth folds over: (SIZE, SIZE), drawn out along one direction."""
    stretch = rng.uniform(1.0, 6.0)
    fold = smooth_field(rng, SIZE, SIZE, rng.uniform(40, 120))
    drawn = cv2.resize(fold, None, fx=1.0, fy=stretch)[:SIZE]
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), rng.uniform(0, 360), 1.5)
    ridge = np.abs(cv2.warpAffine(drawn, turn, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT))
    return (rng.uniform(0.0, 0.7) * np.exp(-ridge * rng.uniform(3, 12))).astype(np.float32)


def _weave(rng: np.random.Generator) -> Field:
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    pitch = rng.uniform(3.0, 9.0)
    threads: Field = np.maximum(np.cos(2 * np.pi * x / pitch), np.cos(2 * np.pi * y / pitch))
    return threads


def _glass(rng: np.random.Generator, materials: Materials, sheet: Field) -> Field:
    """Premultiplied glass: clear inside, dense at its rim, with a few opaque highlights."""
    depth = cv2.distanceTransform((sheet > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    rim = np.exp(-depth / rng.uniform(3, 14)) * rng.uniform(0.3, 0.9)
    lights = np.clip(fractal(rng, SIZE, SIZE, rng.uniform(30, 110), 2) - rng.uniform(1.0, 1.8), 0, 1) * 2.0
    cover = np.clip(rng.uniform(0.04, 0.35) + rim + lights, 0, 1).astype(np.float32)
    tint = palette(rng, materials.images, 1) * rng.uniform(0.3, 1.2) * np.ones((SIZE, SIZE, 1), np.float32)
    white = np.clip(lights, 0, 1)[..., None]
    return premultiplied(np.clip(tint * (1 - white) + 0.97 * white, 0, 1).astype(np.float32), sheet * cover)


def blur(rng: np.random.Generator, materials: Materials, frames: int = FRAMES) -> Pixels:
    """A body smeared by its own motion over the open shutter, or out of focus, (T, H, W, 4) straight RGBA."""
    outlines = creature(rng, SIZE)
    if rng.random() < 0.5:
        outlines.append(spiky(rng, (SIZE * rng.uniform(0.3, 0.7), SIZE * rng.uniform(0.3, 0.7)), SIZE * 0.14))
    mask = fill(outlines, SIZE)
    body = premultiplied(np.clip(surface(rng, materials, SIZE) * shading(rng, mask, 10)[..., None], 0, 1), mask)
    path = random_path(rng, frames, SIZE, rng.uniform(1.0, 3.0)).fitted(mask, MARGIN)
    defocus = np.abs(rng.uniform(1, 8) + curve(rng, frames, 2.0)) if rng.random() < 0.45 else np.zeros(frames)
    shutter = rng.uniform(0.4, 1.0) if rng.random() < 0.8 or not defocus.any() else 0.0
    return np.stack([straight(lens(smear(body, path, t, shutter), float(defocus[t]))) for t in range(frames)])


def smear(frame: Field, path: Path, time: int, shutter: float) -> Field:
    """Premultiplied mean of the frame over sub-frames within ``shutter`` of a frame's time about ``time``."""
    if shutter == 0.0:
        return warp(frame, path.matrices[time].astype(np.float32))
    shares = np.linspace(-shutter / 2, shutter / 2, SUBFRAMES)
    total = np.zeros_like(frame)
    for share in shares:
        total += warp(frame, path.between(time, float(share)).astype(np.float32))
    return total / np.float32(SUBFRAMES)


def lens(frame: Field, radius: float) -> Field:
    """The premultiplied frame out of focus by a disc of ``radius`` pixels."""
    if radius < 0.5:
        return frame
    side = int(np.ceil(radius)) * 2 + 1
    y, x = np.mgrid[0:side, 0:side] - side // 2
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(cv2.filter2D(frame, -1, disc / disc.sum()), np.float32)
