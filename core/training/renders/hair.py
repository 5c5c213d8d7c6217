"""Long hair on heads: locks that leave the scalp and fall, straight, wavy or curled, with children about each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stfam.core.training.renders.body import Part, skin
from stfam.core.training.renders.fur import GRAVITY, roughened, tapered
from stfam.core.training.renders.geometry import Array, Shape, Strands, across, normalised
from stfam.core.training.renders.motion import Motion, Sway, posed
from stfam.core.training.renders.texture import along_strands, coat, colour, noise

STRANDS = 26_000
STEPS = 22


@dataclass(frozen=True)
class Style:
    """A hairdo: length and fall of the locks, their waves, how tightly strands keep to their lock."""

    length: tuple[float, float]
    fall: tuple[float, float]
    wave: tuple[float, float]
    turns: tuple[float, float]
    spread: tuple[float, float]
    locks: tuple[int, int]
    gather: float = 0.0


STRAIGHT = Style((0.6, 1.2), (0.25, 0.6), (0.0, 0.01), (1, 2), (0.02, 0.07), (90, 260))
CURLS = Style((0.4, 0.9), (0.12, 0.35), (0.025, 0.06), (3, 7), (0.01, 0.035), (160, 420))
AFRO = Style((0.25, 0.45), (0.0, 0.03), (0.008, 0.02), (5, 12), (0.02, 0.06), (400, 900))
PONYTAIL = Style((0.8, 1.3), (0.2, 0.4), (0.0, 0.03), (1, 3), (0.02, 0.05), (120, 240), 0.8)
WAVES = Style((0.5, 0.9), (0.2, 0.45), (0.015, 0.035), (1.5, 3), (0.02, 0.05), (120, 300))
TUFTS = Style((0.3, 0.6), (0.02, 0.12), (0.0, 0.015), (1, 3), (0.015, 0.04), (25, 70))


def haired(rng: np.random.Generator, frames: int, style: Style, strength: float = 1.0) -> list[Shape]:
    """A head with hair through the clip."""
    size = rng.uniform(0.27, 0.36) * np.array([0.9, 1.0, 1.15])
    head = Part(np.array([0.0, 0.0, rng.uniform(0.05, 0.3)]), size, np.zeros(3))
    motion = Motion.drawn(rng, frames, strength)
    locks, normals = fallen(head, style, rng)
    strands = roughened(children(locks, style, rng), rng.uniform(0.005, 0.06), rng)
    freedom = np.broadcast_to(np.linspace(0, 1, STEPS), strands.shape[:2])
    tint = along_strands(coat(strands[:, STEPS // 2], rng, 0.8), STEPS, rng)
    radius = tapered(len(strands), STEPS, float(rng.uniform(0.0012, 0.0026)), rng)
    sway = Sway.drawn(rng, 0.22 * style.length[0], 4.0)
    hair = Strands(posed(strands, freedom, frames, motion, sway), radius, tint, float(rng.uniform(0.15, 0.45)))
    return [skin(head, colour(rng, 1.0), 0.015, 0, frames, motion), hair]


def fallen(head: Part, style: Style, rng: np.random.Generator) -> tuple[Array, Array]:
    """Locks (L, K, 3) from the scalp, bending towards gravity and kept out of the head, and their roots' normals."""
    unit = normalised(rng.normal(size=(8 * style.locks[1], 3)))
    scalp = unit[(unit[:, 2] > -0.2) & (unit[:, 1] > -0.55 - 0.2 * unit[:, 2])]
    scalp = scalp[: int(rng.integers(*style.locks))]
    place, normals = head.place(scalp), head.normal(scalp)
    knot = head.place(np.array([[0.0, 0.75, 0.6]]))[0] * 1.25
    heading = normalised(normals + rng.normal(0, 0.2, normals.shape))
    step = rng.uniform(*style.length) * rng.uniform(0.75, 1.1, (len(place), 1)) / (STEPS - 1)
    fall = rng.uniform(*style.fall)
    points = [place]
    for index in range(1, STEPS):
        pull = GRAVITY * fall
        if index < STEPS // 3:
            pull = pull * (1 - style.gather) + style.gather * 0.8 * normalised(knot - place)
        heading = normalised(heading + pull)
        place = outside(place + heading * step, head)
        points.append(place)
    return waved(np.stack(points, 1), style, rng), normals


def outside(points: Array, head: Part) -> Array:
    """Points (N, 3) inside the head moved to just above its surface."""
    depth = head.depth(points)[:, None]
    kept: Array = np.where(depth < 1.05, head.centre + (points - head.centre) * (1.05 / np.maximum(depth, 0.1)), points)
    return kept


def waved(locks: Array, style: Style, rng: np.random.Generator) -> Array:
    """Locks wound about their course; neighbours start their turns together."""
    along = np.linspace(0, 1, locks.shape[1])
    first, second = across(normalised(locks[:, -1] - locks[:, 0]), rng)
    turns = rng.uniform(*style.turns) * rng.uniform(0.8, 1.2, (len(locks), 1))
    angle = 2 * np.pi * (turns * along + noise(locks[:, 0], 2.0, rng)[:, None])
    size = rng.uniform(*style.wave) * np.minimum(1, 2.5 * along)[None]
    wound: Array = (
        locks + (size * np.cos(angle))[..., None] * first[:, None] + (size * np.sin(angle))[..., None] * second[:, None]
    )
    return wound


def children(locks: Array, style: Style, rng: np.random.Generator) -> Array:
    """Strands (N, K, 3) around the locks: spread at the root, closer or looser at the end, some ending early."""
    count = STRANDS // len(locks)
    spread = rng.uniform(*style.spread)
    profile = np.linspace(1.3, rng.uniform(0.15, 1.3), locks.shape[1])[None, None, :, None]
    offset = rng.normal(0, spread, (len(locks), count, 1, 3)) * profile
    drift = rng.normal(0, spread, (len(locks), count, 1, 3)) * np.linspace(0, 1, locks.shape[1])[:, None] ** 2
    strands = (locks[:, None] + offset + 0.6 * drift).reshape(-1, locks.shape[1], 3)
    return shortened(strands, rng)


def shortened(strands: Array, rng: np.random.Generator) -> Array:
    """Strands cut to between two thirds of their length and all of it."""
    steps = strands.shape[1]
    place = np.linspace(0, 1, steps)[None] * rng.uniform(0.66, 1.0, (len(strands), 1)) * (steps - 1)
    low = np.minimum(place.astype(np.int64), steps - 2)
    part = (place - low)[..., None]
    rows = np.arange(len(strands))[:, None]
    cut: Array = strands[rows, low] * (1 - part) + strands[rows, low + 1] * part
    return cut
