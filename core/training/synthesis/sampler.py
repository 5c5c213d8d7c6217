"""Training clips made as they are asked for: foreground clips over moving photographs, seen through a camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.camera import Camera, random_camera
from stfam.core.training.synthesis.compositing import composite, graded, random_grade, retextured
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.layers import Layer, background_layer, combined, foreground_layer, view_path
from stfam.core.training.synthesis.library import ClipLibrary
from stfam.core.training.synthesis.trimaps import TrimapStyle, paint_trimap, random_style
from stfam.core.training.synthesis.types import Pixels, TrainingClip


def sample_clip(
    rng: np.random.Generator,
    library: ClipLibrary,
    backgrounds: ImageBank,
    *,
    frames: int = 6,
    size: int | tuple[int, int] = 256,
    still: bool | None = None,
    kinds: tuple[str, ...] | None = None,
    camera: Camera | None = None,
    style: TrimapStyle | None = None,
) -> TrainingClip:
    """A random clip of ``frames`` frames of ``size`` pixels (a side, or height and width), about an unknown pixel.

    ``still`` holds everything but the noise (one clip in twelve by default); ``kinds`` restricts the foregrounds;
    ``camera`` and ``style`` replace the random camera and the random way of painting trimaps.
    """
    height, width = (size, size) if isinstance(size, int) else size
    still = bool(rng.random() < 1 / 12) if still is None else still
    view = view_path(rng, frames, height, width, still=still)
    clip = library.choose(rng, kinds)
    front = foreground_layer(rng, library.frames(clip), view, frames, (height, width), still=still)
    if rng.random() < 0.2:
        other = library.frames(library.choose(rng, kinds))
        front = combined(foreground_layer(rng, other, view, frames, (height, width), still=still, centred=False), front)
    back = background_layer(rng, backgrounds, view, (height, width))
    return _finished(rng, library, backgrounds, front, back, view, clip.kind, still, camera, style)


def _finished(
    rng: np.random.Generator,
    library: ClipLibrary,
    backgrounds: ImageBank,
    front: Layer,
    back: Pixels,
    view: NDArray[np.float64],
    kind: str,
    still: bool,
    camera: Camera | None,
    style: TrimapStyle | None,
) -> TrainingClip:
    frames, height, width = front.alpha.shape
    if rng.random() < 0.3:
        behind = foreground_layer(
            rng, library.frames(library.choose(rng)), view, frames, (height, width), still=still, centred=False
        )
        back = composite(behind.colour, behind.alpha, back, linear=False)
    colour = retextured(rng, backgrounds, front.colour, view) if rng.random() < 0.2 else front.colour
    foreground, background = graded(rng, colour, back, front.alpha, random_grade(rng, frames, still=still))
    linear = bool(rng.random() < 0.35)
    clean = composite(foreground, front.alpha, background, linear=linear)
    image = (camera or random_camera(rng)).shoot(rng, clean)
    trimap = paint_trimap(rng, front.alpha, style or random_style(rng))
    return TrainingClip(image, front.alpha, foreground, background, trimap, kind, linear)
