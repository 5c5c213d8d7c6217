"""What foregrounds are coloured with: cuts of natural images, patterns, and palettes taken from natural images."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.materials import Materials
from stfam.core.training.synthesis.noise import fractal
from stfam.core.training.synthesis.types import Field, Pixels


def surface(rng: np.random.Generator, materials: Materials, size: int) -> Field:
    """Texture (size, size, 3) in [0, 1]: mostly natural, else a pattern in natural colours."""
    if rng.random() < 0.3:
        return pattern(rng, materials.images, size)
    patches = [materials.images.patch(rng, size, rng.uniform(0.5, 2.0)) for _ in range(3)]
    # The liveliest of three: flat interiors teach a network to trust colour alone.
    natural = max(patches, key=_liveliness) if rng.random() < 0.8 else patches[0]
    return _contrast(rng, natural.astype(np.float32) / np.float32(255))


def _liveliness(patch: Pixels) -> float:
    small = patch[::4, ::4].astype(np.float32)
    return float(np.abs(np.diff(small, axis=0)).mean() + np.abs(np.diff(small, axis=1)).mean())


def pattern(rng: np.random.Generator, images: ImageBank, size: int) -> Field:
    """Stripes, checks, spots or marbling between colours of a natural image: (size, size, 3) in [0, 1]."""
    colours = palette(rng, images, 3)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    turn, pitch = rng.uniform(0, np.pi), rng.uniform(4, 40)
    u = (x * np.cos(turn) + y * np.sin(turn)) / pitch
    v = (y * np.cos(turn) - x * np.sin(turn)) / pitch
    bend = fractal(rng, size, size, size / 4, 3) * np.float32(rng.uniform(0, 1.5))
    checks = np.sign(np.sin(u)) * np.sign(np.sin(v))
    kinds = (np.sin(u + bend), np.sin(u) * np.sin(v), checks, fractal(rng, size, size, pitch * 2))
    first = _share(kinds[rng.integers(4)], rng.uniform(0.1, 1.0))
    second = _share(fractal(rng, size, size, 12, 4), 1.0) * np.float32(0.5)
    mixed = colours[0] * (1 - first[..., None]) + colours[1] * first[..., None]
    return np.asarray(np.clip(mixed * (1 - second[..., None]) + colours[2] * second[..., None], 0, 1), np.float32)


def _share(field: Field, softness: float) -> Field:
    return np.asarray(np.clip(0.5 + field / np.float32(2 * softness), 0, 1), np.float32)


def _contrast(rng: np.random.Generator, image: Field) -> Field:
    gain, lift = rng.uniform(0.7, 1.4), rng.uniform(-0.1, 0.1)
    mean = image.mean(axis=(0, 1))
    return np.asarray(np.clip((image - mean) * gain + mean + lift, 0, 1), np.float32)


def palette(rng: np.random.Generator, images: ImageBank, count: int) -> Field:
    """``count`` colours (count, 3) in [0, 1] of one natural image."""
    image = images.choose(rng)
    rows, columns = rng.integers(image.shape[0], size=count), rng.integers(image.shape[1], size=count)
    return np.asarray(image[rows, columns], np.float32) / np.float32(255)


def shading(rng: np.random.Generator, mask: Field, depth: float) -> Field:
    """Light (H, W) about 1 that falls off towards one side of a mask, as on a rounded body."""
    height, width = mask.shape
    soft = cv2.GaussianBlur(mask, (0, 0), max(depth, 1.0))
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    angle = rng.uniform(0, 2 * np.pi)
    light = 1.0 + rng.uniform(0.0, 4.0) * (gx * np.cos(angle) + gy * np.sin(angle)) * depth / 8
    return np.asarray(np.clip(light, 0.35, 1.6), np.float32)
