"""What the corner of the picture says about the frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor

from stfam.ui.link.mapped_picture import Picture
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.theme.palette import Colour

LONGEST = 120
"""Characters of a badge."""

_LANES = {"plate": Lane.PLATE, "trimap": Lane.TRIMAP, "overlay": Lane.TRIMAP}
"""What is shown of a frame; the views that are not here show its matte."""

Badge = tuple[str, QColor]
"""A text and its colour."""


def frame_badges(document: Document, states: FrameStates, frame: int) -> list[Badge]:
    """What holds of a frame in every view: its kind, read-only, failed."""
    found = [(f"KEY {frame}", Colour.KEY) if frame in document.keys else (str(frame), Colour.DIM)]
    if document.read_only:
        found.append(("READ-ONLY", Colour.WARNING))
    if _failed(states, frame):
        found.append((f"FAILED: {states.reason(frame)}"[:LONGEST], Colour.ERROR))
    return found


def view_badges(
    states: FrameStates, name: str, frame: int, shown: Sequence[Picture], refusals: Sequence[str] = ()
) -> list[Badge]:
    """What holds of a frame in the view `name`: not shown, proxy, stale, no matte.

    Args:
        shown: the pictures of the view.
        refusals: why those that are lacking could not be made.
    """
    found, lane = [], _LANES.get(name, Lane.MATTE)
    state = states.state(lane, frame)
    if refusals and state is not State.MISSING and not _failed(states, frame):
        found.append((f"NOT SHOWN: {refusals[0]}"[:LONGEST], Colour.ERROR))
    if any(picture.proxy for picture in shown):
        found.append(("PROXY", Colour.ACCENT))
    if any(picture.stale for picture in shown) or state is State.STALE:
        found.append(("STALE", Colour.WARNING))
    if lane is Lane.MATTE and state is State.MISSING:
        found.append(("NO MATTE YET", Colour.DIM))
    return found


def _failed(states: FrameStates, frame: int) -> bool:
    return any(states.state(lane, frame) is State.FAILED for lane in Lane)
