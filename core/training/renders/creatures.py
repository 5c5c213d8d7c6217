"""Creatures covered in fur: their bodies part by part, their coats and their faces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stfam.core.training.renders.body import Part, limb, lumps, mirrored, roots, skin
from stfam.core.training.renders.fur import Groom, grow, tapered
from stfam.core.training.renders.geometry import Array, Shape, Strands
from stfam.core.training.renders.motion import Joint, Motion, Sway, posed
from stfam.core.training.renders.texture import along_strands, coat, colour

Body = Callable[[np.random.Generator], tuple[Part, ...]]
STRANDS = 42_000


def vector(*values: float) -> Array:
    """A point or direction."""
    return np.array(values, float)


def ellipsoid(centre: Array, radii: Array, fur: float = 1.0) -> Part:
    """An upright part without a joint."""
    return Part(centre, radii, np.zeros(3), fur)


def ball(rng: np.random.Generator) -> tuple[Part, ...]:
    """A single ball or egg of fur."""
    return (ellipsoid(np.zeros(3), rng.uniform(0.4, 0.62, 3)),)


def cat(rng: np.random.Generator) -> tuple[Part, ...]:
    """A sitting animal with pointed ears and a tail."""
    ears = mirrored(limb(rng, vector(-0.17, -0.05, 0.5), vector(-0.27, -0.05, rng.uniform(0.68, 0.78)), 0.07, 0.4))
    tail = limb(rng, vector(0.3, 0.1, -0.5), vector(0.7, 0.0, rng.uniform(-0.3, 0.3)), 0.08, 1.2, 0.4)
    paws = mirrored(limb(rng, vector(-0.2, -0.3, -0.2), vector(-0.24, -0.4, -0.62), 0.11, 0.5))
    return (
        ellipsoid(vector(0, 0, -0.3), vector(0.4, 0.36, 0.42)),
        ellipsoid(vector(0, -0.1, 0.32), vector(0.3, 0.28, 0.27), 0.7),
        *ears,
        tail,
        *paws,
    )


def chick(rng: np.random.Generator) -> tuple[Part, ...]:
    """A round bird with stubs for wings."""
    wings = mirrored(limb(rng, vector(-0.36, 0, 0.05), vector(-0.62, 0.05, -0.2), 0.1, 1.1, 0.5))
    return (
        ellipsoid(vector(0, 0, -0.2), vector(0.42, 0.42, 0.42)),
        ellipsoid(vector(0, -0.1, 0.38), vector(0.27, 0.27, 0.27)),
        *wings,
    )


def caterpillar(rng: np.random.Generator) -> tuple[Part, ...]:
    """Five to seven segments in an arch."""
    count = int(rng.integers(5, 8))
    height = rng.uniform(0.1, 0.4)
    places = np.linspace(-0.62, 0.62, count)
    return tuple(
        Part(
            vector(x, 0, height * np.cos(2.4 * x) - 0.15),
            np.full(3, 0.2),
            np.zeros(3),
            1.0,
            Joint.drawn(rng, vector(x, 0, -0.3), 0.15),
        )
        for x in places
    )


def rabbit(rng: np.random.Generator) -> tuple[Part, ...]:
    """Long ears on a round head above a heavy body."""
    ears = mirrored(limb(rng, vector(-0.1, 0, 0.42), vector(-rng.uniform(0.15, 0.35), 0, 0.85), 0.06, 0.45, 0.35))
    return (
        ellipsoid(vector(0, 0, -0.35), vector(0.42, 0.4, 0.4)),
        ellipsoid(vector(0, -0.1, 0.25), vector(0.26, 0.26, 0.25), 0.7),
        *ears,
    )


def bear(rng: np.random.Generator) -> tuple[Part, ...]:
    """Round ears, arms raised to the sides."""
    ears = mirrored(ellipsoid(vector(-0.24, 0, 0.6), np.full(3, rng.uniform(0.08, 0.12)), 0.6))
    arms = mirrored(limb(rng, vector(-0.34, 0, 0), vector(-0.75, -0.1, rng.uniform(-0.2, 0.35)), 0.12, 0.8, 0.4))
    return (
        ellipsoid(vector(0, 0, -0.3), vector(0.44, 0.36, 0.48)),
        ellipsoid(vector(0, -0.08, 0.4), vector(0.3, 0.28, 0.26), 0.8),
        *ears,
        *arms,
    )


def mouse(rng: np.random.Generator) -> tuple[Part, ...]:
    """Seen from the side: a pointed head, a big thin ear, a bare tail."""
    tail = limb(rng, vector(0.5, 0, -0.2), vector(0.95, 0, rng.uniform(-0.1, 0.4)), 0.025, 0.12, 0.4)
    ear = Part(
        vector(-0.3, -0.15, 0.32),
        vector(0.15, 0.04, 0.17),
        vector(0, 0, 0.3),
        0.25,
        Joint.drawn(rng, vector(-0.3, -0.1, 0.15), 0.3),
    )
    return (
        ellipsoid(vector(0.15, 0, -0.15), vector(0.48, 0.34, 0.34)),
        ellipsoid(vector(-0.42, -0.05, 0.02), vector(0.3, 0.2, 0.2), 0.7),
        ear,
        tail,
    )


def starfish(rng: np.random.Generator) -> tuple[Part, ...]:
    """A fuzzy thing with five arms."""
    angles = np.arange(5) * 2 * np.pi / 5 + rng.uniform(0, 1)
    arms = (
        limb(rng, vector(np.cos(a), 0, np.sin(a)) * 0.12, vector(np.cos(a), 0, np.sin(a)) * 0.68, 0.12, 1.0, 0.3)
        for a in angles
    )
    return (ellipsoid(np.zeros(3), np.full(3, 0.26)), *arms)


def furry(rng: np.random.Generator, frames: int, body: Body, strength: float = 1.0) -> list[Shape]:
    """A creature through the clip: its skin, its fur and its eyes."""
    parts = body(rng)
    motion = Motion.drawn(rng, frames, strength)
    groom = Groom.drawn(rng)
    sway = Sway.drawn(rng, 0.35 * groom.length)
    pelt, under = coat_seed(rng), int(rng.integers(1 << 30))
    bumps = float(rng.uniform(0.0, 0.05))
    shapes: list[Shape] = []
    total = sum(part.area for part in parts)
    for part in parts:
        points, normals = roots(part, parts, int(STRANDS * part.area / total), rng)
        points = lumps(points, normals, bumps, under)
        tint = coat(points, np.random.default_rng(pelt))
        shapes.append(skin(part, tint.mean(0) * 0.5, bumps, under, frames, motion))
        shapes.append(pelted(points, normals, tint, scaled(groom, part.fur), frames, motion, sway, part.joint, rng))
    return [*shapes, *eyes(parts, frames, motion, rng)]


def coat_seed(rng: np.random.Generator) -> int:
    """One seed for all parts, so that their coats are alike."""
    return int(rng.integers(1 << 30))


def scaled(groom: Groom, factor: float) -> Groom:
    """The groom with its length and curls scaled."""
    return Groom(**{**groom.__dict__, "length": groom.length * factor, "curl": groom.curl * min(1.0, factor + 0.2)})


def pelted(
    points: Array,
    normals: Array,
    tint: Array,
    groom: Groom,
    frames: int,
    motion: Motion,
    sway: Sway,
    joint: Joint | None,
    rng: np.random.Generator,
) -> Strands:
    """The fur of one part through the clip."""
    rest = grow(points, normals, groom, rng)
    freedom = np.broadcast_to(np.linspace(0, 1, groom.steps) ** 1.3, rest.shape[:2])
    radius = tapered(len(rest), groom.steps, groom.radius, rng)
    return Strands(posed(rest, freedom, frames, motion, sway, joint), radius, along_strands(tint, groom.steps, rng))


def eyes(parts: tuple[Part, ...], frames: int, motion: Motion, rng: np.random.Generator) -> list[Shape]:
    """Two shining eyes on the second part, which is the head where there is one."""
    if len(parts) < 3 or rng.random() < 0.3:
        return []
    head = parts[1]
    size = np.full(3, 0.04)
    front = head.place(np.array([[-0.42, -0.86, 0.25], [0.42, -0.86, 0.25]]))
    shade = np.minimum(colour(rng), 0.05)
    return [skin(Part(place, size, np.zeros(3), 0.0, head.joint), shade, 0.0, 0, frames, motion) for place in front]
