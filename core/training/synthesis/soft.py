"""Foregrounds without a firm edge: smoke, translucent cloth and glass, motion blur and defocus."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.training.synthesis.canvas import FRAMES, SIZE, bend, over, premultiplied, straight, warp
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.motion import Path, elastic, random_path
from stfam.core.training.synthesis.noise import curve, fractal, smooth_field
from stfam.core.training.synthesis.shapes import creature, fill, outline, spiky
from stfam.core.training.synthesis.surface import palette, shading, surface
from stfam.core.training.synthesis.types import Field, Pixels


def smoke(rng: np.random.Generator, images: ImageBank) -> Pixels:
    """Drifting, churning smoke or flame, (T, H, W, 4) straight RGBA, partly about a dense core."""
    margin = SIZE // 2
    coarse = fractal(rng, SIZE + margin, SIZE + margin, rng.uniform(50, 160), 5)
    fine = fractal(rng, SIZE + margin, SIZE + margin, rng.uniform(25, 70), 5)
    plume = cv2.GaussianBlur(fill(creature(rng, SIZE), SIZE), (0, 0), rng.uniform(15, 45))
    churn = elastic(rng, FRAMES, SIZE, rng.uniform(4, 14), rng.uniform(60, 140))
    drift = np.cumsum(rng.uniform(-4, 4, (2, 2))[:, None] * np.ones((1, FRAMES, 1)), axis=1)
    tint, dark = palette(rng, images, 2) if rng.random() < 0.5 else np.repeat(rng.uniform(0.2, 0.95, (2, 1)), 3, axis=1)
    density, threshold = rng.uniform(0.5, 1.6), rng.uniform(0.1, 0.9)
    frames = []
    for t in range(FRAMES):
        noise = _window(coarse, drift[0, t], margin) + 0.7 * _window(fine, drift[1, t], margin)
        field = bend(np.dstack([plume, noise]), churn[t])
        amount = np.clip(field[..., 0] * 2.4 - threshold + 0.45 * field[..., 1] * np.sqrt(field[..., 0].clip(0)), 0, None)
        alpha = (1.0 - np.exp(-density * amount * 2.2)).astype(np.float32)
        light = np.clip(0.5 + 0.3 * field[..., 1], 0, 1)[..., None]
        frames.append(straight(premultiplied((tint * light + dark * (1 - light)).astype(np.float32), alpha)))
    return np.stack(frames)


def _window(field: Field, shift: np.ndarray[tuple[int, ...], np.dtype[np.float64]], margin: int) -> Field:
    matrix = np.array([[1, 0, -margin / 2 - shift[0]], [0, 1, -margin / 2 - shift[1]]], np.float32)
    moved: Field = cv2.warpAffine(field, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)
    return moved


def translucent(rng: np.random.Generator, images: ImageBank) -> Pixels:
    """A waving sheet of thin cloth or a pane of glass, (T, H, W, 4) straight RGBA, part of it often opaque."""
    sheet = fill([outline(rng, (SIZE / 2, SIZE / 2), SIZE * rng.uniform(0.22, 0.36), 0.2)], SIZE)
    thickness = np.clip(rng.uniform(0.25, 0.75) + 0.18 * fractal(rng, SIZE, SIZE, rng.uniform(40, 150), 4), 0.05, 1)
    thickness = np.clip(thickness + _folds(rng), 0.03, 1.0)
    texture = surface(rng, images, SIZE) if rng.random() < 0.5 else np.ones((SIZE, SIZE, 3), np.float32) * palette(rng, images, 1)
    texture = np.clip(texture * (0.7 + 0.6 * thickness[..., None]), 0, 1)
    frame = premultiplied(texture.astype(np.float32), (sheet * thickness).astype(np.float32))
    if rng.random() < 0.6:
        solid = fill(creature(rng, SIZE), SIZE)
        body = premultiplied(surface(rng, images, SIZE) * np.minimum(shading(rng, solid, 10)[..., None], 1.0), solid)
        frame = over(body, frame) if rng.random() < 0.5 else over(frame, body)
    wave = elastic(rng, FRAMES, SIZE, rng.uniform(2, 9), rng.uniform(60, 160))
    path = random_path(rng, FRAMES, SIZE)
    return np.stack([straight(warp(bend(frame, wave[t]), path.matrices[t].astype(np.float32))) for t in range(FRAMES)])


def _folds(rng: np.random.Generator) -> Field:
    """Ridges of double thickness, where cloth folds over: (SIZE, SIZE)."""
    ridge = np.abs(smooth_field(rng, SIZE, SIZE, rng.uniform(50, 160)))
    return (rng.uniform(0.0, 0.7) * np.exp(-ridge * rng.uniform(3, 12))).astype(np.float32)


def blur(rng: np.random.Generator, images: ImageBank) -> Pixels:
    """A body smeared by its own motion over the open shutter, or out of focus, (T, H, W, 4) straight RGBA."""
    outlines = creature(rng, SIZE)
    if rng.random() < 0.5:
        outlines.append(spiky(rng, (SIZE * rng.uniform(0.3, 0.7), SIZE * rng.uniform(0.3, 0.7)), SIZE * 0.14))
    mask = fill(outlines, SIZE)
    body = premultiplied(np.clip(surface(rng, images, SIZE) * shading(rng, mask, 10)[..., None], 0, 1), mask)
    path = random_path(rng, FRAMES, SIZE, rng.uniform(1.5, 4.0))
    defocus = np.abs(rng.uniform(1, 7) + curve(rng, FRAMES, 2.0)) if rng.random() < 0.45 else np.zeros(FRAMES)
    shutter = rng.uniform(0.4, 1.0) if rng.random() < 0.8 or not defocus.any() else 0.0
    return np.stack([straight(lens(smear(body, path, t, shutter), float(defocus[t]))) for t in range(FRAMES)])


def smear(frame: Field, path: Path, time: int, shutter: float, samples: int = 15) -> Field:
    """Premultiplied mean of the frame over sub-frames within ``shutter`` of a frame's time about ``time``."""
    if shutter == 0.0:
        return warp(frame, path.matrices[time].astype(np.float32))
    shares = np.linspace(-shutter / 2, shutter / 2, samples)
    total = np.zeros_like(frame)
    for share in shares:
        total += warp(frame, path.between(time, float(share)).astype(np.float32))
    return total / np.float32(samples)


def lens(frame: Field, radius: float) -> Field:
    """The premultiplied frame out of focus by a disc of ``radius`` pixels."""
    if radius < 0.5:
        return frame
    side = int(np.ceil(radius)) * 2 + 1
    y, x = np.mgrid[0:side, 0:side] - side // 2
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    blurred: Field = cv2.filter2D(frame, -1, disc / disc.sum())
    return blurred
