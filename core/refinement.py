"""Matte refinement: what an artist does to a finished matte, without changing what was computed."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import cv2
import numpy as np

from stfam.core.errors import UsageError
from stfam.core.media.frame_meta import FloatImage
from stfam.core.shot import Refinement

GREEN, BLUE = 1, 2
_CERTAIN = (0.1, 0.3)
"""How far a colour must lead the others, as a share of itself, to be no screen and surely a screen."""
_MOST_PIXELS = 1000
"""Of shrinking, growing and blurring; more is a slip of the finger, and needs gigabytes."""
_ENOUGH = 0.02
"""Share of the frame that must be clean background before it says anything about a screen."""


@dataclass(frozen=True)
class Screen:
    """The colour of the screen that a subject stands before."""

    channel: int
    """GREEN or BLUE."""
    certainty: float
    """0 no screen to 1 surely one; continuous, so that the correction does not pop from frame to frame."""


def refine(alpha: FloatImage, refinement: Refinement) -> FloatImage:
    """A matte as it is shown and written: black and white clip, then shrink or grow, then blur.

    Args:
        alpha: (H, W) in [0, 1]; it is not changed.
        refinement: `despill` is no part of the matte, see `despill`.

    Returns:
        (H, W) in [0, 1]; `alpha` itself where nothing is asked for.

    Raises:
        UsageError: the black point is not below the white point, or shrinking or blur is out of range.
    """
    _check(refinement)
    refined = clipped(alpha, refinement)
    if not alpha.size:  # of a data window that lies beside the frame
        return refined
    if refinement.shrink:
        refined = shrunk(refined, refinement.shrink)
    if refinement.blur:
        blurred = cv2.GaussianBlur(refined, (0, 0), refinement.blur, borderType=cv2.BORDER_REPLICATE)
        refined = np.asarray(blurred, np.float32)
    return refined


def clipped(alpha: FloatImage, refinement: Refinement) -> FloatImage:
    """A matte (H, W) with black and white clip alone, which mend it; shrinking and blurring change its edge."""
    if (refinement.black, refinement.white) == (0.0, 1.0):
        return alpha
    stretched = (alpha - refinement.black) / (refinement.white - refinement.black)
    return np.asarray(np.clip(stretched, 0, 1), np.float32)


def shrunk(alpha: FloatImage, pixels: float) -> FloatImage:
    """A matte (H, W) eroded by a disc of `pixels`, dilated where negative; a fraction blends whole sizes about it."""
    size = abs(pixels)
    whole = floor(size)
    inner = _morphed(alpha, whole, pixels < 0)
    if size == whole:
        return inner
    outer = _morphed(alpha, whole + 1, pixels < 0)
    return np.asarray(inner + np.float32(size - whole) * (outer - inner), np.float32)


def find_screen(image: FloatImage, alpha: FloatImage) -> Screen | None:
    """The screen behind the subject, judged by the clean background alone.

    Args:
        image: (H, W, 3) of the plate, linear or display.
        alpha: (H, W); background is where it is 0, but for black, as bars and what a data window leaves out are.

    Returns:
        None where hardly any background is in the frame, or its colour is no green or blue that leads the others.
    """
    behind = (alpha <= 0) & image.any(2)
    if np.count_nonzero(behind) < max(1, _ENOUGH * alpha.size):
        return None
    red, green, blue = (float(value) for value in np.median(image[behind], axis=0))
    channel, lead, rest = (GREEN, green, max(red, blue)) if green >= blue else (BLUE, blue, max(red, green))
    if lead <= 0:
        return None
    low, high = _CERTAIN
    certainty = min(1.0, ((lead - rest) / lead - low) / (high - low))
    return Screen(channel, certainty) if certainty > 0 else None


def despill(colours: FloatImage, strength: float, screen: Screen | None) -> FloatImage:
    """Foreground colours without the light that a screen throws on them.

    The screen's channel is limited to the mean of the other two, and what it loses is given back to the brightness, so
    that skin does not turn dark. Grey and other colours stay as they are, values above 1 too.

    Args:
        colours: (H, W, 3) of the foreground, straight, linear or display; not changed.
        strength: 0 to 1.
        screen: of the plate; None leaves the colours alone.

    Raises:
        UsageError: the strength is not between 0 and 1.
    """
    if not 0 <= strength <= 1:
        raise UsageError(f"Despill goes from 0 to 1; got {strength}.", despill=strength)
    if screen is None or strength == 0:
        return colours
    others = [c for c in range(3) if c != screen.channel]
    spill = np.maximum(colours[..., screen.channel] - colours[..., others].mean(2), 0)
    spill = (spill * np.float32(strength * screen.certainty))[..., None]
    clean = colours + spill * np.float32(1 / 3)
    clean[..., screen.channel] -= spill[..., 0]
    return np.asarray(clean, np.float32)


def _morphed(alpha: FloatImage, radius: int, grow: bool) -> FloatImage:
    if radius == 0:
        return alpha
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    morph = cv2.dilate if grow else cv2.erode
    return np.asarray(morph(alpha, disc, borderType=cv2.BORDER_REPLICATE), np.float32)


def _check(refinement: Refinement) -> None:
    if not 0 <= refinement.black < refinement.white <= 1:
        raise UsageError(
            f"The black point must lie below the white point, both from 0 to 1; got {refinement.black} and "
            f"{refinement.white}.",
            black=refinement.black,
            white=refinement.white,
        )
    for name, pixels, least in (("shrink", refinement.shrink, -_MOST_PIXELS), ("blur", refinement.blur, 0)):
        if not least <= pixels <= _MOST_PIXELS:
            raise UsageError(
                f"The {name} goes from {least} to {_MOST_PIXELS} pixels; got {pixels:g}.", **{name: pixels}
            )
