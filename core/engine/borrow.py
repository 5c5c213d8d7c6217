"""The background that a frame's unknown region hides, borrowed from frames that show it.

What the band around the foreground hides in one frame is plain background in another, once the two have moved against
each other. The background's motion from frame to frame is known where both show it and look the same, and is diffused
into the band; followed over some frames to each side it leads to where the hidden background is to be seen, and counts
where the trimap there says background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.engine.borrow_kernel import collect, differ
from stfam.core.media.frame_meta import FloatImage
from stfam.core.network.backdrop import FEWEST_PIXELS, Backdrop
from stfam.core.network.box import Box
from stfam.core.network.colour_diffusion import push_pull
from stfam.core.optical_flow import sample

Mask = npt.NDArray[np.bool_]
Positions = tuple[FloatImage, FloatImage]
"""Columns and rows in pixels of a proxy, (h, w) each."""

MOST_DIFFERENCE = (12 / 255) ** 2
"""Median squared difference of the known background beyond which a frame was not followed, or is another shot's."""
AGREEMENT, LEAST_DIFFERENCE = 2.0, (2 / 255) ** 2
"""How far a patch of the known background may differ from another frame's for its motion to be believed: in medians of
the difference, and at least."""
FARTHEST = 24.0
"""Motion of the known background from one frame to the next beyond which nothing is borrowed, proxy pixels: what passes
by so fast shows all that the band hides, but not exactly where it is.
"""
BELIEVED = 0.3
"""Share of the known background around a pixel whose motion must be believed."""
GAINS = (0.5, 2.0)
"""Of another frame's exposure, in display values."""
SAMPLE = 2
"""Every other pixel of every other row is looked at, to tell whether two frames agree."""
PATCH = 3
"""Side of the patches that are compared, in pixels that are looked at."""
WHOLLY = 0.999
"""Share of background in the pixels that a position lies between."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A frame's view at proxy size."""

    proxy: Tensor
    """(1, 3, h, w) display-encoded in [0, 1], channels last."""
    trimap: Tensor
    """(1, 1, h, w) uint8."""

    @property
    def colours(self) -> FloatImage:
        """The proxy as (h, w, 3), no copy."""
        return interleaved(self.proxy)

    @property
    def size(self) -> tuple[int, int]:
        """(h, w)."""
        return self.trimap.shape[2], self.trimap.shape[3]

    @property
    def background(self) -> FloatImage:
        """(h, w), 1 where the trimap says background, else 0."""
        return (self.trimap[0, 0].numpy() == 0).astype(np.float32)


class Lender(Protocol):
    """A frame that shows others' background, or that others show it."""

    @property
    def view(self) -> Box:
        """The part of the frame that is seen."""

    @property
    def seen(self) -> Seen:
        """As it is seen."""

    @property
    def beside(self) -> Mapping[int, Seen]:
        """The frames so many before (-) or after it as they are seen from the same view, the nearest few."""

    def background_motion(self, step: int) -> FloatImage | None:
        """(h, w, 2), to where each pixel's background is in the frame before (-1) or after (1) it, seen from the same
        view; None where nobody can tell."""


def borrowed_backdrop(centre: Lender, before: Sequence[Lender], after: Sequence[Lender]) -> Backdrop | None:
    """The backdrop of a frame's view, the mean of what other frames show; None where they show nothing.

    Args:
        centre: the frame.
        before: the frames before it, the nearest first, each beside the last.
        after: likewise.
    """
    total, count = np.zeros_like(centre.seen.colours), np.zeros(centre.seen.size, np.float32)
    for lenders, step in ((before, -1), (after, 1)):
        current, positions = centre, _grid(centre.seen)
        for far, lender in enumerate(lenders, 1):
            motion, shown = current.background_motion(step), _shown_to(centre, lender, step * far)
            if motion is None or shown is None:
                break
            there = _moved(_in_view(current, centre, positions), motion)
            current, positions = lender, _in_view(centre, current, there)
            lent = _lent(centre.seen, shown, positions)
            if lent is None:
                break
            colours, seen = lent
            cv2.add(total, colours, total, seen.view(np.uint8))
            count += seen
    if not count.any():
        return None
    colour = total / np.maximum(count, 1)[..., None]
    return Backdrop(
        torch.from_numpy(colour).permute(2, 0, 1)[None].contiguous(), torch.from_numpy(count > 0)[None, None].float()
    )


def background_motion(here: Seen, there: Seen, flow: FloatImage) -> FloatImage | None:
    """Where the background is in another frame, also where foreground hides it; None for one that cannot be followed.

    Args:
        here: a frame.
        there: another, of the same view.
        flow: (h, w, 2), from the one to the other, pixels.
    """
    columns, rows = _grid(here)
    colours, seen = _shown(there, (columns + flow[..., 0], rows + flow[..., 1]))
    known = seen & (here.background > 0)
    compared = _compared(here.colours, colours, known)
    if compared is None or np.median(np.hypot(flow[..., 0], flow[..., 1])[_SOME][known[_SOME]]) > FARTHEST:
        return None
    agreed, _ = compared
    return _enlarged(_diffused(flow[_SOME], agreed), here)


def interleaved(proxy: Tensor) -> FloatImage:
    """(1, C, h, w) -> (h, w, C), no copy where channels are last."""
    return np.ascontiguousarray(proxy[0].permute(1, 2, 0).numpy())


_SOME = (slice(None, None, SAMPLE), slice(None, None, SAMPLE))


def _grid(seen: Seen) -> Positions:
    """Of a view's own pixels; shared, and not to be written to."""
    return _indices(seen.size)


@lru_cache(maxsize=8)
def _indices(size: tuple[int, int]) -> Positions:
    rows, columns = np.indices(size, np.float32)
    return columns, rows


def _moved(positions: Positions, motion: FloatImage) -> Positions:
    columns, rows = positions
    moved = sample(motion, columns, rows)
    return columns + moved[..., 0], rows + moved[..., 1]


def _in_view(to: Lender, of: Lender, positions: Positions) -> Positions:
    """Positions in the proxy of one frame's view as positions in that of another's."""
    if to.view == of.view:
        return positions
    height, width = of.seen.size
    new_height, new_width = to.seen.size
    old, new, (columns, rows) = of.view, to.view, positions
    across, down = old.width / width, old.height / height
    columns = ((columns + 0.5) * across + (old.left - new.left)) * (new_width / new.width) - 0.5
    rows = ((rows + 0.5) * down + (old.top - new.top)) * (new_height / new.height) - 0.5
    return columns, rows


def _shown_to(centre: Lender, lender: Lender, offset: int) -> Seen | None:
    """A frame as it is seen from the borrower's view; from another it would be less sharp, and that looks like hair."""
    return centre.beside.get(offset, lender.seen if lender.view == centre.view else None)


def _lent(centre: Seen, lender: Seen, positions: Positions) -> tuple[FloatImage, Mask] | None:
    """What one frame shows of another's background, colours (h, w, 3) and where; None for one that was not followed."""
    colours, shown = _shown(lender, positions)
    known = shown & (centre.background > 0)
    compared = _compared(centre.colours, colours, known)
    if compared is None:
        return None
    agreed, gain = compared
    share = _diffused(agreed[..., None].astype(np.float32), known[_SOME])
    believed = _enlarged(share, centre) > BELIEVED
    return _graded(colours, gain), shown & believed


def _shown(lender: Seen, positions: Positions) -> tuple[FloatImage, Mask]:
    """A frame's colours (h, w, 3) at positions, and where that is background inside its view."""
    columns, rows = positions
    height, width = lender.size
    inside = (columns >= 0) & (columns <= width - 1) & (rows >= 0) & (rows <= height - 1)
    return sample(lender.colours, columns, rows), inside & (sample(lender.background, columns, rows) > WHOLLY)


def _compared(here: FloatImage, there: FloatImage, known: Mask) -> tuple[Mask, FloatImage] | None:
    """Where two frames agree among the known background (h, w), at every other pixel, and how much brighter `here` is.

    None where there is too little to tell, or where they do not.
    """
    some = known[_SOME]
    colours = np.empty((6, some.size), np.float32)
    count = collect(here, there, known, SAMPLE, colours)
    if count < FEWEST_PIXELS:
        return None
    gain = _gain(colours[:, :count:2])
    difference = np.empty(some.shape, np.float32)
    differ(here, there, gain, SAMPLE, difference)
    patches = cv2.blur(difference, (PATCH, PATCH))
    usual = float(np.median(patches[some]))
    if usual > MOST_DIFFERENCE:
        return None
    return some & (patches <= max(AGREEMENT * usual, LEAST_DIFFERENCE)), gain


def _diffused(values: FloatImage, known: Mask) -> FloatImage:
    """Values (h, w, C) that are known in places, everywhere."""
    weight = torch.from_numpy(known.astype(np.float32))[None, None]
    given = torch.from_numpy(np.ascontiguousarray(values)).permute(2, 0, 1)[None]
    return interleaved(push_pull(given, weight))


def _enlarged(values: FloatImage, seen: Seen) -> FloatImage:
    """Values of every other pixel of every other row, at every pixel of a view."""
    (columns, rows), every = _grid(seen), np.float32(SAMPLE)
    return sample(values, columns / every, rows / every)


def _gain(colours: FloatImage) -> FloatImage:
    """(3,): how much brighter a frame is than another, by the medians of the same pixels (6, N), as of `collect`."""
    medians = np.median(colours, 1)
    ratio = medians[:3] / np.maximum(medians[3:], 1 / 255)
    return np.asarray(ratio.clip(*GAINS), np.float32)


def _graded(colours: FloatImage, gain: FloatImage) -> FloatImage:
    return np.asarray(cv2.transform(colours, np.diag(gain)), np.float32)
