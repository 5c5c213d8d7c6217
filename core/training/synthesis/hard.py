"""Foregrounds with crisp edges: leaves, spikes, holes, lace, nets, grass, jointed bodies, several objects at once."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.training.synthesis.canvas import FRAMES, SIZE, bend, over, premultiplied, straight, warp
from stfam.core.training.synthesis.materials import Materials
from stfam.core.training.synthesis.motion import Path, elastic, random_path
from stfam.core.training.synthesis.noise import curve, fractal
from stfam.core.training.synthesis.shapes import SUPERSAMPLING, creature, fill, outline, spiky, within
from stfam.core.training.synthesis.surface import shading, surface
from stfam.core.training.synthesis.types import Field, Pixels

MARGIN = 12.0
Moving = tuple[Field, Path]


def hard(rng: np.random.Generator, materials: Materials, frames: int = FRAMES) -> Pixels:
    """One to three crisp objects that move apart from each other, (T, H, W, 4) straight RGBA."""
    layers: list[Moving] = []
    for _ in range(int(rng.choice((1, 1, 2, 3)))):
        layers += _jointed(rng, materials, frames) if rng.random() < 0.3 else [_single(rng, materials, frames)]
    waves = elastic(rng, frames, SIZE, rng.choice((0.0, 2.0, 4.0)), rng.uniform(70, 160))
    return np.stack([straight(_frame(layers, waves[t], t)) for t in range(frames)])


def _frame(layers: list[Moving], wave: Field, time: int) -> Field:
    total = np.zeros((SIZE, SIZE, 4), np.float32)
    for layer, path in layers:
        total = over(warp(layer, path.matrices[time].astype(np.float32)), total)
    return bend(total, wave) if wave.any() else total


def _single(rng: np.random.Generator, materials: Materials, frames: int) -> Moving:
    kinds = (_solid, _leaves, _lace, _net, _perforated, _grass)
    mask = kinds[rng.integers(len(kinds))](rng)
    return _textured(rng, materials, mask), random_path(rng, frames, SIZE, rng.uniform(0.5, 2.0)).fitted(mask, MARGIN)


def _jointed(rng: np.random.Generator, materials: Materials, frames: int) -> list[Moving]:
    """A trunk and two to five limbs that swing about their joints."""
    middle, radius = (SIZE / 2, SIZE / 2), SIZE * rng.uniform(0.09, 0.15)
    trunk = fill([outline(rng, middle, radius)], SIZE)
    path = random_path(rng, frames, SIZE)
    layers = [(_textured(rng, materials, trunk), path)]
    for _ in range(int(rng.integers(2, 6))):
        angle, reach = rng.uniform(0, 2 * np.pi), radius * rng.uniform(0.8, 1.8)
        joint = (middle[0] + radius * 0.7 * np.cos(angle), middle[1] + radius * 0.7 * np.sin(angle))
        limb = fill([_limb(rng, joint, angle, reach)], SIZE)
        layers.append((_textured(rng, materials, limb), path.about_pivot(joint, curve(rng, frames, 0.5))))
    return layers


def _limb(
    rng: np.random.Generator, joint: tuple[float, float], angle: float, reach: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    round_the = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    along, across = reach * (0.45 + 0.55 * np.cos(round_the)), reach * rng.uniform(0.1, 0.3) * np.sin(round_the)
    bow = rng.normal(0, 0.3) * along**2 / reach
    x = joint[0] + along * np.cos(angle) - (across + bow) * np.sin(angle)
    y = joint[1] + along * np.sin(angle) + (across + bow) * np.cos(angle)
    return np.stack([x, y], axis=1)


def _textured(rng: np.random.Generator, materials: Materials, mask: Field) -> Field:
    return premultiplied(np.clip(surface(rng, materials, SIZE) * shading(rng, mask, 8)[..., None], 0, 1), mask)


def _solid(rng: np.random.Generator) -> Field:
    return fill(creature(rng, SIZE), SIZE)


def _leaves(rng: np.random.Generator) -> Field:
    count = int(rng.integers(1, 14))
    where = rng.uniform(0.2, 0.8, (count, 2)) * SIZE
    reach = 0.3 / np.sqrt(count) + 0.05
    return fill(within([spiky(rng, (x, y), SIZE * rng.uniform(0.05, reach)) for x, y in where], SIZE), SIZE)


def _lace(rng: np.random.Generator) -> Field:
    mask = fill([outline(rng, (SIZE / 2, SIZE / 2), SIZE * rng.uniform(0.2, 0.34))], SIZE)
    pitch = rng.uniform(7, 26)
    y, x = np.mgrid[0 : SIZE * 2, 0 : SIZE * 2].astype(np.float32) / np.float32(2)
    warp_x, warp_y = (fractal(rng, SIZE * 2, SIZE * 2, 200, 2) * np.float32(pitch * 0.3) for _ in range(2))
    weave = np.cos(2 * np.pi * (x + warp_x) / pitch) * np.cos(2 * np.pi * (y + warp_y) / pitch)
    holes = np.clip((np.abs(weave) - rng.uniform(0.15, 0.5)) * 8 + 0.5, 0, 1)
    coverage: Field = cv2.resize((1 - holes).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return mask * coverage


def _net(rng: np.random.Generator) -> Field:
    fine = SIZE * SUPERSAMPLING
    canvas = np.zeros((fine, fine), np.uint8)
    pitch, width = rng.uniform(10, 44) * SUPERSAMPLING, int(rng.integers(3, 16))
    slant = rng.uniform(-0.6, 0.6)
    for start in np.arange(-fine, fine * 2, pitch).astype(int).tolist():
        cv2.line(canvas, (start, 0), (int(start + slant * fine), fine), 255, width)
        cv2.line(canvas, (0, start), (fine, int(start - slant * fine)), 255, width)
    coverage = cv2.resize(canvas, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    bent = bend(coverage[..., None], elastic(rng, 1, SIZE, 12.0, 120.0)[0])
    return bent.reshape(SIZE, SIZE) * fill([outline(rng, (SIZE / 2, SIZE / 2), SIZE * rng.uniform(0.22, 0.34))], SIZE)


def _perforated(rng: np.random.Generator) -> Field:
    where = rng.uniform(0.25, 0.75, (int(rng.integers(3, 25)), 2)) * SIZE
    holes = fill([outline(rng, (x, y), rng.uniform(2, 22)) for x, y in where], SIZE)
    return fill(creature(rng, SIZE), SIZE) * (1 - holes)


def _grass(rng: np.random.Generator) -> Field:
    """Blades that rise side by side and bend over."""
    blades = []
    for _ in range(int(rng.integers(15, 90))):
        height, width = SIZE * rng.uniform(0.2, 0.6), rng.uniform(1.0, 6.0)
        along = np.linspace(0, 1, 12)
        spine_x = SIZE * rng.uniform(0.2, 0.8) + rng.normal(0, 0.25) * height * along**2
        spine_y = SIZE * 0.85 - height * along * (1 - 0.15 * along)
        half = width * (1 - along)
        there, back = np.stack([spine_x - half, spine_y], 1), np.stack([spine_x + half, spine_y], 1)
        blades.append(np.concatenate([there, back[::-1]]))
    return fill(within(blades, SIZE), SIZE)
