"""From an alpha as it was computed to the passes that are written."""

from __future__ import annotations

import numpy as np

from stfam.core.engine.foreground import foreground
from stfam.core.media.frame_meta import FloatImage, FrameMeta
from stfam.core.refinement import despill, find_screen, refine
from stfam.core.render_outputs import Passes
from stfam.core.shot import Refinement


def refined_passes(
    frame: int, meta: FrameMeta, alpha: FloatImage, refinement: Refinement, plate: FloatImage | None
) -> Passes:
    """Refine an alpha and estimate the foreground under it.

    The alpha is rounded to half precision first, as it lies in the cache, so that a matte is the same to the bit
    whether it was computed now or approved in the panel.

    Args:
        frame: its number.
        meta: of the plate's frame.
        alpha: (H, W) in [0, 1], unrefined.
        refinement: what is done to it.
        plate: (H, W, 3) where the foreground is wanted.
    """
    refined = refine(alpha.astype(np.float16).astype(np.float32), refinement)
    if plate is None:
        return Passes(frame, meta, refined)
    colours = foreground(plate, refined)
    if refinement.despill:
        colours = despill(colours, refinement.despill, find_screen(plate, refined))
    return Passes(frame, meta, refined, colours)


def check_refinement(refinement: Refinement) -> None:
    """Try a refinement on a pixel, before anything is computed.

    Raises:
        UsageError: its values make no sense.
    """
    pixel = np.ones((1, 1), np.float32)
    refine(pixel, refinement)
    despill(pixel[..., None].repeat(3, 2), refinement.despill, None)
