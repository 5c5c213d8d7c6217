"""Views: the part of a frame that is seen at proxy size, where a subject is too small in the whole.

The networks look at 512 pixels across. A subject that fills a tenth of a 4K frame would be a blot of 50 in it; seen
from nearer it is as large as the subjects that they were trained on, and fewer pixels do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stfam.core.network.box import Box, contains, whole
from stfam.core.network.propagation import CELL
from stfam.core.network.proxy import LONG_SIDE, proxy_size

Size = tuple[int, int]

AREA = 512 * 288
"""Pixels that a view has at most at proxy size: as many as a 16:9 frame."""
LEAST_GAIN = 1.2
"""How much larger a view shows things than the whole frame does, below which the whole is shown."""
MARGIN = 0.25
"""Surroundings that are shown on each side, as a share of the longer side of what is looked at."""
LEAST_MARGIN = 64
"""The same in pixels of the frame, at least."""
GRIDS, GRID_STEP = 24, 16
"""Views start and end on a grid, so that they seldom change: it has about GRIDS lines along the frame's longer side, a
multiple of GRID_STEP pixels apart.
"""
FOLLOWING_MARGIN, FOLLOWING_LEAST = 0.5, 10
"""Likewise of what is followed from frame to frame, and may move; at least a FOLLOWING_LEAST-th of the longer side."""


def unknown_view(trimap: npt.NDArray[np.uint8]) -> Box:
    """The view of a frame that its matte is made from: the unknown pixels with their surroundings, or the whole.

    Args:
        trimap: (H, W) in {0, 128, 255}.
    """
    return _view(box_of(trimap == 128), trimap.shape, MARGIN, LEAST_MARGIN)


def following_view(before: Box | None, subject: Box | None, frame_size: Size) -> Box:
    """The view of a frame that its trimap is propagated in; that of the frame before as long as it will do.

    What the network remembers of recent frames lies on a grid of theirs. A view that has to move does so by whole cells
    of that grid and keeps its size; only when the subject has become too large for it, or much smaller, it is another.

    Args:
        before: the view of the frame before; None for the first.
        subject: all that is not background there; None where nothing is: then the whole frame is shown.
        frame_size: (H, W).
    """
    margin, least = FOLLOWING_MARGIN, max(frame_size) // FOLLOWING_LEAST
    fresh = _view(subject, frame_size, margin, least)
    if before is None or subject is None:
        return fresh
    if _scale(fresh, frame_size) >= LEAST_GAIN * _scale(before, frame_size):
        return fresh
    needed = subject.grown(_around(subject, margin, least) // 2, whole(frame_size))
    moved = _moved(before, subject, frame_size)
    return next((view for view in (before, moved) if contains(view, needed)), fresh)


def box_of(seen: npt.NDArray[np.bool_]) -> Box | None:
    """The smallest rectangle with all that is true in a picture (H, W); None where nothing is."""
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not len(rows):
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1)


def view_size(view: Box, frame_size: Sequence[int]) -> Size:
    """(h, w) of a view's proxy, multiples of 32; that of the whole frame, (H, W), is `proxy_size`."""
    size = (view.height, view.width)
    if view == whole(frame_size):
        return proxy_size(size)
    longest = min(LONG_SIDE, math.sqrt(AREA / (view.height * view.width)) * max(size))
    return proxy_size(size, longest)


def _view(shown: Box | None, frame_size: Sequence[int], margin: float, least: int) -> Box:
    """What is shown with its surroundings; the whole frame where nothing is gained by looking nearer."""
    frame = whole(frame_size)
    if shown is None or max(frame_size) <= LONG_SIDE:
        return frame
    view = _snapped(shown.grown(_around(shown, margin, least), frame), frame)
    return view if _scale(view, frame_size) >= LEAST_GAIN * _scale(frame, frame_size) else frame


def _around(shown: Box, margin: float, least: int) -> int:
    return max(least, round(margin * max(shown.height, shown.width)))


def _moved(view: Box, subject: Box, frame_size: Size) -> Box:
    """The view with the subject in its middle, as near as whole cells and the frame's borders let it."""
    height, width = view_size(view, frame_size)
    down = _shift(view.top, view.height, subject.top + subject.bottom, frame_size[0], height // CELL)
    across = _shift(view.left, view.width, subject.left + subject.right, frame_size[1], width // CELL)
    return Box(view.top + down, view.left + across, view.height, view.width)


def _shift(start: int, length: int, ends: int, extent: int, cells: int) -> int:
    """Pixels to move one axis of a view by; `ends` is the sum of where the subject begins and ends."""
    cell = length / cells
    steps = round((ends / 2 - length / 2 - start) / cell)
    return round(cell * max(-math.floor(start / cell), min(math.floor((extent - start - length) / cell), steps)))


def _snapped(box: Box, frame: Box) -> Box:
    grid = max(1, max(frame.height, frame.width) // (GRIDS * GRID_STEP)) * GRID_STEP
    top, left = box.top // grid * grid, box.left // grid * grid
    bottom = min(frame.bottom, math.ceil(box.bottom / grid) * grid)
    right = min(frame.right, math.ceil(box.right / grid) * grid)
    return Box(top, left, bottom - top, right - left)


def _scale(view: Box, frame_size: Sequence[int]) -> float:
    """Proxy pixels for one of the frame's, along a side."""
    height, width = view_size(view, frame_size)
    return math.sqrt(height * width / (view.height * view.width))
