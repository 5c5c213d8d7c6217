"""How strands grow: their roots on a body, their directions, lengths, curls and colours, for each kind of coat."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.materials import Materials
from stfam.core.training.synthesis.noise import fractal
from stfam.core.training.synthesis.strands import Numbers, Strands
from stfam.core.training.synthesis.surface import palette, surface
from stfam.core.training.synthesis.types import Field, Points


def radial(rng: np.random.Generator, materials: Materials, mask: Field, texture: Field) -> Strands:
    """Long hair that stands off a body on all sides, more or less combed to one of them."""
    n = int(rng.integers(900, 3000))
    roots, outward = _roots(rng, mask, n, inside=0.35)
    combed, mix = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 0.6)
    x = (1 - mix) * np.cos(outward) + mix * np.cos(combed)
    y = (1 - mix) * np.sin(outward) + mix * np.sin(combed)
    return Strands(
        roots=roots,
        direction=np.arctan2(y, x) + rng.normal(0, rng.uniform(0.1, 0.35), n),
        length=(rng.uniform(40, 130) * rng.lognormal(0, 0.35, n)).clip(15, 200),
        width=rng.choice((1, 1, 1, 2, 2, 3, 4), n) if rng.random() < 0.7 else rng.choice((1, 2), n),
        opacity=rng.uniform(rng.uniform(0.25, 0.95), 1.0, n),
        curl=np.abs(rng.normal(0, rng.choice((0.1, 0.25, 0.7)), n)),
        pitch=rng.uniform(0.5, rng.choice((1.0, 2.0, 5.0)), n),
        phase=rng.uniform(0, 2 * np.pi, n),
        fall=rng.uniform(0.0, 1.2) * rng.uniform(0.6, 1.0, n),
        colours=_colours(rng, materials, texture, roots),
        clump=_clumps(rng, roots, int(rng.integers(20, 120))),
        lean=np.full(n, rng.choice((0.0, 0.3, 0.8))) * rng.uniform(0.3, 1.0, n),
    )


def hairstyle(rng: np.random.Generator, materials: Materials, mask: Field, texture: Field) -> Strands:
    """A head of hair: dense locks that fall from the crown, with loose thin strands about them."""
    n = int(rng.integers(3000, 6500))
    roots, outward = _roots(rng, mask, n, inside=0.5)
    crown = roots[:, 1] < np.quantile(roots[:, 1], rng.uniform(0.45, 0.95))
    roots, outward, n = roots[crown], outward[crown], int(crown.sum())
    loose = rng.random(n) < rng.uniform(0.03, 0.2)
    clump = _clumps(rng, roots, int(rng.integers(25, 110)))
    lock_phase = rng.uniform(0, 2 * np.pi, n)[clump]
    lock_pitch = rng.uniform(0.4, rng.choice((1.0, 2.5, 5.0)), n)[clump]
    return Strands(
        roots=roots,
        direction=outward + rng.normal(0, np.where(loose, 0.5, 0.18), n),
        length=(rng.uniform(50, 150) * rng.lognormal(0, np.where(loose, 0.5, 0.2), n)).clip(12, 230),
        width=np.where(loose, rng.choice((1, 1, 2), n), rng.choice((1, 2, 2, 3), n)),
        opacity=np.where(loose, rng.uniform(0.35, 0.9, n), rng.uniform(0.8, 1.0, n)),
        curl=np.abs(rng.normal(rng.choice((0.0, 0.15, 0.7)), 0.1, n)),
        pitch=lock_pitch,
        phase=lock_phase + rng.normal(0, 0.3, n),
        fall=rng.uniform(0.4, 2.0) * rng.uniform(0.7, 1.0, n),
        colours=_colours(rng, materials, texture, roots),
        clump=clump,
        lean=np.where(loose, 0.0, rng.uniform(0.0, 0.9)) * rng.uniform(0.4, 1.0, n),
    )


def fur(rng: np.random.Generator, materials: Materials, mask: Field, texture: Field) -> Strands:
    """Short strands that cover a body and lie in swirls."""
    n = int(rng.integers(3500, 8500))
    roots, outward = _roots(rng, mask, n, inside=rng.uniform(0.35, 0.65))
    lie = _at(fractal(rng, mask.shape[0], mask.shape[1], 120.0, 2), roots)
    return Strands(
        roots=roots,
        direction=outward + lie * rng.uniform(0.1, 0.6) + rng.normal(0, rng.uniform(0.12, 0.5), n),
        length=(rng.uniform(8, 36) * rng.lognormal(0, rng.uniform(0.1, 0.4), n)).clip(4, 70),
        width=rng.choice((1, 1, 2, 2, 3, 4), n) if rng.random() < 0.6 else rng.choice((1, 1, 2), n),
        opacity=rng.uniform(rng.uniform(0.4, 0.95), 1.0, n),
        curl=np.abs(rng.normal(0, rng.choice((0.1, 0.3, 0.9)), n)),
        pitch=rng.uniform(0.3, rng.choice((1.0, 2.0)), n),
        phase=rng.uniform(0, 2 * np.pi, n),
        fall=rng.uniform(0.0, 0.8) * rng.uniform(0.5, 1.0, n),
        colours=_colours(rng, materials, texture, roots),
        clump=_clumps(rng, roots, int(rng.integers(150, 800))),
        lean=np.full(n, rng.choice((0.0, 0.4, 0.8))) * rng.uniform(0.3, 1.0, n),
    )


def feathers(rng: np.random.Generator, materials: Materials, size: int) -> Strands:
    """A few feathers: barbs on both sides of curved shafts, dense near the shaft and loose at the rim."""
    parts = [_feather_roots(rng, size) for _ in range(int(rng.integers(2, 7)))]
    roots, direction, length = (np.concatenate([part[i] for part in parts]) for i in range(3))
    n = len(roots)
    downy = rng.random()
    return Strands(
        roots=roots,
        direction=direction + rng.normal(0, 0.04 + 0.25 * downy, n),
        length=(length * rng.lognormal(0, 0.05 + 0.25 * downy, n)).clip(2, 120),
        width=rng.choice((1, 2, 2, 3), n),
        opacity=rng.uniform(rng.uniform(0.5, 1.0), 1.0, n),
        curl=np.abs(rng.normal(0, 0.1 + 0.4 * downy, n)),
        pitch=rng.uniform(0.3, 1.5, n),
        phase=rng.uniform(0, 2 * np.pi, n),
        fall=np.zeros(n),
        colours=_colours(rng, materials, surface(rng, materials, size), roots),
        clump=_clumps(rng, roots, max(8, n // 40)),
        lean=np.full(n, rng.choice((0.0, 0.2, 0.5))),
    )


def _feather_roots(rng: np.random.Generator, size: int) -> tuple[Points, Numbers, Numbers]:
    """Roots, directions and lengths of one feather's barbs, the shaft's own strands among them."""
    barbs = int(rng.integers(350, 900))
    heading, bow = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.8)
    reach, breadth = size * rng.uniform(0.3, 0.6), size * rng.uniform(0.05, 0.14)
    along = np.sort(rng.uniform(0, 1, barbs))
    angle = heading + bow * along
    step = np.diff(along, prepend=0.0) * reach
    start = rng.uniform(0.3, 0.7, 2) * size - 0.5 * reach * np.array([np.cos(heading), np.sin(heading)])
    roots = start + np.stack([np.cumsum(np.cos(angle) * step), np.cumsum(np.sin(angle) * step)], axis=1)
    side = rng.choice((-1.0, 1.0), barbs)
    direction = angle + side * rng.uniform(0.4, 0.9)
    length = breadth * np.sin(np.pi * np.clip(along, 0.04, 0.98)) ** 0.6
    shaft = slice(0, barbs, 12)
    direction[shaft], length[shaft] = angle[shaft], reach * 14 / barbs
    return roots, direction, length


def _roots(rng: np.random.Generator, mask: Field, count: int, inside: float) -> tuple[Points, Numbers]:
    """Roots (N, 2) and outward directions (N,): a share ``inside`` over the body, the rest just within its border."""
    depth = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    soft = cv2.GaussianBlur(depth, (0, 0), 4)
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    border, anywhere = np.argwhere((depth > 0.5) & (depth < 7)), np.argwhere(depth > 6)
    within = int(count * inside) if len(anywhere) else 0
    inner = anywhere[rng.integers(max(len(anywhere), 1), size=within)]
    chosen = np.concatenate([inner, border[rng.integers(len(border), size=count - within)]])
    y, x = chosen[:, 0], chosen[:, 1]
    outward = np.arctan2(-gy[y, x], -gx[y, x]).astype(np.float64)
    return np.stack([x, y], axis=1) + rng.uniform(-0.5, 0.5, (count, 2)), outward


def _clumps(rng: np.random.Generator, roots: Points, count: int) -> NDArray[np.int64]:
    """For each root the index of the nearest of ``count`` leaders."""
    leaders = rng.choice(len(roots), min(count, len(roots)), replace=False)
    at, to = roots.astype(np.float32), roots[leaders].astype(np.float32)
    distance = (to**2).sum(1)[None] - 2 * at @ to.T
    return np.asarray(leaders[distance.argmin(axis=1)], np.int64)


def _at(field: Field, points: Points) -> Field:
    """Values of a field at points, the nearest ones where a point lies outside."""
    x = points[:, 0].astype(int).clip(0, field.shape[1] - 1)
    y = points[:, 1].astype(int).clip(0, field.shape[0] - 1)
    return np.asarray(field[y, x])


def _colours(rng: np.random.Generator, materials: Materials, texture: Field, roots: Points) -> Field:
    """Colours (N, 3, 3) at root, middle and tip: of the body under the root, of a natural image, or of a palette."""
    n, style = len(roots), rng.integers(4)
    if style == 0:
        base = _at(texture, roots)
    elif style == 1:
        base = _at(surface(rng, materials, texture.shape[0]), roots)
    else:
        few = palette(rng, materials.images, 1 if style == 2 else 4)
        base = few[rng.integers(len(few), size=n)]
    sheen = np.array([rng.uniform(0.5, 1.0), rng.uniform(0.8, 1.5), rng.uniform(0.6, 1.2)])[None, :, None]
    along = base[:, None] * sheen * rng.lognormal(0, rng.uniform(0.05, 0.4), (n, 1, 1))
    if rng.random() < 0.35:
        along[:, 2] = 0.4 * along[:, 2] + 0.6 * palette(rng, materials.images, 1)[0]
    mottle = _at(fractal(rng, texture.shape[0], texture.shape[1], 40.0, 3), roots)[:, None, None]
    along = along * (1.0 + rng.uniform(0, 0.25) * mottle)
    return np.asarray(np.clip(along + rng.normal(0, rng.uniform(0.0, 0.06), (n, 3, 1)), 0, 1), np.float32)
