"""Training clips made as they are asked for: foreground clips over moving photographs, seen through a camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stfam.core.training.synthesis.camera import Camera, random_camera
from stfam.core.training.synthesis.compositing import composite, graded, random_grade, retextured
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.layers import (
    Layer,
    Matrices,
    backdrop_layer,
    background_layer,
    combined,
    foreground_layer,
    occluded,
    view_path,
)
from stfam.core.training.synthesis.library import ClipLibrary
from stfam.core.training.synthesis.trimaps import BACKGROUND, FOREGROUND, TrimapStyle, paint_trimap, random_style
from stfam.core.training.synthesis.types import Pixels, TrainingClip


@dataclass(frozen=True)
class Recipe:
    """How often a clip gets what; every number is a probability.

    ``still`` holds everything but the noise; ``second`` adds another foreground behind the first; ``behind`` puts one
    into the background and ``occluder`` one in front, where they are no part of the matte; ``retexture`` gives the
    foreground a natural image's colours; ``linear`` composites in linear light. ``close`` shows both layers large, as a
    plate of full size does: smooth from pixel to pixel, strands several pixels wide; ``backdrop`` puts the foreground
    before a plain wall or a green or blue screen. ``camera`` and ``style`` replace the random camera and trimap style.
    """

    still: float = 1 / 12
    second: float = 0.2
    behind: float = 0.3
    occluder: float = 0.06
    retexture: float = 0.2
    linear: float = 0.35
    close: float = 0.5
    backdrop: float = 0.25
    camera: Camera | None = None
    style: TrimapStyle | None = None


TRAINING = Recipe()
CLOSE = (1.3, 3.0)
"""How much larger than usual a close-up shows its layers."""


def sample_clip(
    rng: np.random.Generator,
    library: ClipLibrary,
    backgrounds: ImageBank,
    *,
    frames: int = 6,
    size: int | tuple[int, int] = 256,
    recipe: Recipe = TRAINING,
) -> TrainingClip:
    """A random clip of ``frames`` frames of ``size`` pixels (a side, or height and width), about an unknown pixel."""
    extent = (size, size) if isinstance(size, int) else size
    still = bool(rng.random() < recipe.still)
    view = view_path(rng, frames, *extent, still=still)
    clip = library.choose(rng)
    zoom = float(np.exp(rng.uniform(*np.log(CLOSE)))) if _drawn(rng, recipe.close) else 1.0
    front, style = _anchored(rng, library.frames(clip), view, extent, still, recipe, zoom)
    if rng.random() < recipe.second:
        other = library.frames(library.choose(rng))
        front = combined(front, foreground_layer(rng, other, view, extent, still=still, centred=False))
    if _drawn(rng, recipe.backdrop):
        back = backdrop_layer(rng, view, extent)
    else:
        back = background_layer(rng, backgrounds, view, extent, zoom=zoom)
    if rng.random() < recipe.behind:
        other = library.frames(library.choose(rng))
        behind = foreground_layer(rng, other, view, extent, still=still, centred=False)
        back = composite(behind.colour, behind.alpha, back, linear=False)
    if rng.random() < recipe.retexture:
        front = Layer(retextured(rng, backgrounds, front.colour, view), front.alpha)
    if rng.random() < recipe.occluder:
        before = foreground_layer(rng, library.frames(library.choose(rng)), view, extent, still=still, centred=False)
        front, back = occluded(front, before, back)
    return _seen(rng, front, back, clip.kind, still, replace(recipe, style=style))


def _drawn(rng: np.random.Generator, probability: float) -> bool:
    """Whether it happens; what never does draws no number, so that clips of a seed stay what they were."""
    return probability > 0 and bool(rng.random() < probability)


def _anchored(
    rng: np.random.Generator,
    clip: Pixels,
    view: Matrices,
    extent: tuple[int, int],
    still: bool,
    recipe: Recipe,
    zoom: float,
) -> tuple[Layer, TrimapStyle]:
    """A placement of the clip and a way of painting it that leave something known on both sides in the middle frame.

    The band grows narrower from trial to trial; where a clip has no opaque part, the fifth is taken as it is.
    """
    style = recipe.style or random_style(rng)
    for trial in range(5):
        layer = foreground_layer(rng, clip, view, extent, still=still, zoom=zoom)
        narrowed = replace(style, inner=style.inner * 0.75**trial, outer=style.outer * 0.75**trial)
        trimap = paint_trimap(rng, layer.alpha[len(view) // 2][None], narrowed)
        if (trimap == FOREGROUND).mean() > 0.01 and (trimap == BACKGROUND).mean() > 0.1:
            break
    return layer, narrowed


def _seen(rng: np.random.Generator, front: Layer, back: Pixels, kind: str, still: bool, recipe: Recipe) -> TrainingClip:
    """The two layers graded, composited and recorded, with a trimap painted for them."""
    grade = random_grade(rng, len(back), still=still)
    foreground, background = graded(front.colour, back, front.alpha, grade)
    linear = bool(rng.random() < recipe.linear)
    clean = composite(foreground, front.alpha, background, linear=linear)
    image = (recipe.camera or random_camera(rng)).shoot(rng, clean)
    trimap = paint_trimap(rng, front.alpha, recipe.style or random_style(rng))
    return TrainingClip(image, front.alpha, foreground, background, trimap, kind, linear)
