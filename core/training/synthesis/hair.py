"""Foregrounds with strands: long hair and short fur on textured bodies."""

from __future__ import annotations

import cv2
import numpy as np

from stfam.core.training.synthesis import strands as strand
from stfam.core.training.synthesis.canvas import FRAMES, SIZE, over, premultiplied, straight, warp
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.motion import random_path
from stfam.core.training.synthesis.noise import curve, fractal
from stfam.core.training.synthesis.shapes import creature, fill
from stfam.core.training.synthesis.strands import Numbers, Strands
from stfam.core.training.synthesis.surface import palette, shading, surface
from stfam.core.training.synthesis.types import Field, Pixels, Points


def hair(rng: np.random.Generator, images: ImageBank) -> Pixels:
    """Long hair on a head or a lump, (T, H, W, 4) straight RGBA: thin, curled, clumped, part-transparent."""
    count = int(rng.integers(900, 2600))
    return _clip(rng, images, count, long=True)


def fur(rng: np.random.Generator, images: ImageBank) -> Pixels:
    """Short dense fur at the border of a textured body, (T, H, W, 4) straight RGBA."""
    count = int(rng.integers(2500, 5500))
    return _clip(rng, images, count, long=False)


def _clip(rng: np.random.Generator, images: ImageBank, count: int, *, long: bool) -> Pixels:
    mask = fill(creature(rng, SIZE), SIZE)
    texture = surface(rng, images, SIZE) * shading(rng, mask, 12.0)[..., None]
    body = premultiplied(np.clip(texture, 0, 1), mask)
    roots, outward = _roots(rng, mask, count, inside=0.35 if long else 0.5)
    grown = _long(rng, images, texture, roots, outward) if long else _short(rng, images, texture, roots, outward)
    path = random_path(rng, FRAMES, SIZE)
    wind = curve(rng, FRAMES, rng.uniform(0.0, 0.5))
    gust = rng.uniform(0, 2 * np.pi, len(roots)) * 0.3 + roots[:, 0] / 60.0
    frames = []
    for t in range(FRAMES):
        matrix = path.matrices[t]
        sway = wind[t] + rng.uniform(0.02, 0.12) * np.sin(0.7 * t + gust)
        frames.append(straight(_frame(grown, body, path.points(t, roots), matrix, sway)))
    return np.stack(frames)


def _frame(grown: Strands, body: Field, roots: Points, matrix: Numbers, sway: Numbers) -> Field:
    fine = SIZE * strand.SUPERSAMPLING
    canvas = np.zeros((fine, fine, 4), np.uint8)
    turn = float(np.arctan2(matrix[1, 0], matrix[0, 0]))
    samples = 20 if grown.length.mean() > 45 else 9
    strand.draw(canvas, strand.curves(grown, roots, sway, turn, samples), grown, 4 if samples == 20 else 3)
    return over(strand.resolve(canvas, SIZE), warp(body, matrix.astype(np.float32)))


def _roots(rng: np.random.Generator, mask: Field, count: int, inside: float) -> tuple[Points, Numbers]:
    """Roots (N, 2) and outward directions (N,): a share ``inside`` over the body, the rest just within its border."""
    depth = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    soft = cv2.GaussianBlur(depth, (0, 0), 4)
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    border = np.argwhere((depth > 0.5) & (depth < 7))
    anywhere = np.argwhere(depth > 6)
    within = int(count * inside) if len(anywhere) else 0
    chosen = np.concatenate(
        [anywhere[rng.integers(max(len(anywhere), 1), size=within)], border[rng.integers(len(border), size=count - within)]]
    )
    y, x = chosen[:, 0], chosen[:, 1]
    outward = np.arctan2(-gy[y, x], -gx[y, x]).astype(np.float64)
    return np.stack([x, y], axis=1) + rng.uniform(-0.5, 0.5, (count, 2)), outward


def _long(rng: np.random.Generator, images: ImageBank, texture: Field, roots: Points, outward: Numbers) -> Strands:
    n = len(roots)
    length = rng.uniform(40, 130) * rng.lognormal(0, 0.35, n)
    combed = rng.uniform(0, 2 * np.pi)
    mix = rng.uniform(0.0, 0.6)
    x = (1 - mix) * np.cos(outward) + mix * np.cos(combed)
    y = (1 - mix) * np.sin(outward) + mix * np.sin(combed)
    return Strands(
        roots=roots,
        direction=np.arctan2(y, x) + rng.normal(0, rng.uniform(0.1, 0.35), n),
        length=length.clip(15, 200),
        width=rng.choice((1, 1, 1, 2, 2, 3, 4), n) if rng.random() < 0.7 else rng.choice((1, 2), n),
        opacity=rng.uniform(rng.uniform(0.25, 0.95), 1.0, n),
        curl=np.abs(rng.normal(0, rng.choice((0.1, 0.25, 0.7)), n)),
        pitch=rng.uniform(0.5, rng.choice((1.0, 2.0, 5.0)), n),
        phase=rng.uniform(0, 2 * np.pi, n),
        fall=rng.uniform(0.0, 1.2) * rng.uniform(0.6, 1.0, n),
        colours=_colours(rng, images, texture, roots),
        clump=_clumps(rng, roots, int(rng.integers(20, 120))),
        lean=np.full(n, rng.choice((0.0, 0.3, 0.8))) * rng.uniform(0.3, 1.0, n),
    )


def _short(rng: np.random.Generator, images: ImageBank, texture: Field, roots: Points, outward: Numbers) -> Strands:
    n = len(roots)
    lie = fractal(rng, SIZE, SIZE, 120.0, 2)[roots[:, 1].astype(int).clip(0, SIZE - 1), roots[:, 0].astype(int).clip(0, SIZE - 1)]
    return Strands(
        roots=roots,
        direction=outward + lie * rng.uniform(0.1, 0.6) + rng.normal(0, rng.uniform(0.15, 0.5), n),
        length=(rng.uniform(9, 32) * rng.lognormal(0, 0.3, n)).clip(4, 60),
        width=rng.choice((1, 2, 2, 3, 4), n),
        opacity=rng.uniform(rng.uniform(0.4, 0.95), 1.0, n),
        curl=np.abs(rng.normal(0, 0.2, n)),
        pitch=rng.uniform(0.3, 1.0, n),
        phase=rng.uniform(0, 2 * np.pi, n),
        fall=rng.uniform(0.0, 0.6) * rng.uniform(0.5, 1.0, n),
        colours=_colours(rng, images, texture, roots),
        clump=_clumps(rng, roots, int(rng.integers(200, 700))),
        lean=np.full(n, rng.choice((0.0, 0.4, 0.8))) * rng.uniform(0.3, 1.0, n),
    )


def _clumps(rng: np.random.Generator, roots: Points, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """For each root the index of the nearest of ``count`` leaders."""
    leaders = rng.choice(len(roots), min(count, len(roots)), replace=False)
    distance = ((roots[:, None].astype(np.float32) - roots[leaders][None].astype(np.float32)) ** 2).sum(-1)
    return np.asarray(leaders[distance.argmin(axis=1)], np.int64)


def _colours(rng: np.random.Generator, images: ImageBank, texture: Field, roots: Points) -> Field:
    """Colours (N, 3, 3) at root, middle and tip: of the body under the root, of a natural image, or of a palette."""
    y, x = (roots[:, i].astype(int).clip(0, SIZE - 1) for i in (1, 0))
    style = rng.integers(3)
    if style == 0:
        base = texture[y, x]
    elif style == 1:
        base = surface(rng, images, SIZE)[y, x]
    else:
        base = palette(rng, images, 4)[rng.integers(4, size=len(roots))]
    along = np.repeat(base[:, None], 3, axis=1) * rng.uniform(0.6, 1.3, (len(roots), 3, 1))
    if rng.random() < 0.5:
        along[:, 2] = 0.4 * along[:, 2] + 0.6 * palette(rng, images, 1)[0]
    spread = rng.normal(0, rng.uniform(0.02, 0.12), (len(roots), 1, 1))
    return np.clip(along + spread, 0, 1).astype(np.float32)
