"""From an alpha as it was computed to the passes that are written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stfam.core.engine.foreground import foreground
from stfam.core.media.frame_meta import FloatImage, FrameMeta, covered, on_black
from stfam.core.media.half_floats import as_floats, as_halfs
from stfam.core.refinement import clipped, despill, find_screen, refine
from stfam.core.shot import Refinement

_ROUNDING = 1e-4


@dataclass(frozen=True)
class Passes:
    """What was computed of a frame, as it goes to its files."""

    frame: int
    meta: FrameMeta
    alpha: FloatImage
    """(H, W)."""
    foreground: FloatImage | None = None
    """(H, W, 3), straight."""


def refined_passes(
    frame: int, meta: FrameMeta, alpha: FloatImage, refinement: Refinement, plate: FloatImage | None
) -> Passes:
    """Refine an alpha and estimate the foreground under it.

    The alpha is rounded to half precision first, as it lies in the cache, so that a matte is the same to the bit
    whether it was computed now or approved in the panel. What a data window leaves out is no picture, and beyond it all
    is as beyond the frame: a subject that it cuts off is neither shrunk nor blurred there.

    Args:
        frame: its number.
        meta: of the plate's frame.
        alpha: (H, W) in [0, 1], unrefined.
        refinement: what is done to it.
        plate: (H, W, 3) where the foreground is wanted.
    """
    place, size = covered(meta, meta.size), meta.size
    solved = as_floats(as_halfs(alpha[place]))
    refined = refine(solved, refinement)
    matte = on_black(refined, place, size)
    if plate is None:
        return Passes(frame, meta, matte)
    colours = despilled_foreground(plate[place], clipped(solved, refinement), refined, refinement)
    return Passes(frame, meta, matte, on_black(colours, place, size))


def despilled_foreground(
    plate: FloatImage, alpha: FloatImage, refined: FloatImage, refinement: Refinement
) -> FloatImage:
    """The straight foreground that a refined alpha shows, in the plate's own colours.

    Args:
        plate: (H, W, 3).
        alpha: (H, W), clipped, neither shrunk nor blurred: as the plate was mixed, or what was behind tints the edges.
        refined: (H, W).
        refinement: its despill.
    """
    colours = foreground(plate, alpha, refined)
    return despill(colours, refinement.despill, find_screen(plate, alpha)) if refinement.despill else colours


def check_refinement(refinement: Refinement) -> None:
    """Try a refinement on a pixel, before anything is computed.

    Raises:
        UsageError: its values make no sense.
    """
    pixel = np.ones((1, 1), np.float32)
    refine(pixel, refinement)
    despill(pixel[..., None].repeat(3, 2), refinement.despill, None)


def matte_colours(passes: Passes) -> FloatImage:
    """A matte's colours in a movie: alpha three times, (H, W, 3)."""
    return passes.alpha[..., None].repeat(3, 2)


def foreground_colours(passes: Passes, *, premultiplied: bool) -> FloatImage:
    """A foreground's colours in a file, (H, W, 3)."""
    assert passes.foreground is not None
    return passes.foreground * passes.alpha[..., None] if premultiplied else passes.foreground


def goes_beyond_white_or_black(colours: FloatImage) -> bool:
    """Whether a file of whole numbers cuts colours (H, W, 3) off; rounding of the estimate is none."""
    return bool(colours.max() > 1 + _ROUNDING or colours.min() < -_ROUNDING)
