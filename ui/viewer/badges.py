"""What the corner of the picture says about the frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor

from stfam.ui.link.mapped_picture import Picture
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.view_state import View
from stfam.ui.theme.palette import Colour

LONGEST = 120
"""Characters of a badge."""

_SOLVED_VIEWS = ("alpha", "foreground", "comp")


def badges(
    document: Document,
    states: FrameStates,
    view: View,
    frame: int,
    shown: Sequence[Picture],
    refusals: Sequence[str] = (),
) -> list[tuple[str, QColor]]:
    """Texts and colours: the frame's kind, stale, proxy, failed, read-only.

    Args:
        shown: the pictures of the view.
        refusals: why those that are lacking could not be made.
    """
    found = [(f"KEY {frame}", Colour.KEY) if frame in document.keys else (str(frame), Colour.DIM)]
    lane = Lane.MATTE if view.name in _SOLVED_VIEWS else Lane.TRIMAP
    if document.read_only:
        found.append(("READ-ONLY", Colour.WARNING))
    if any(states.state(lane, frame) is State.FAILED for lane in Lane):
        found.append((f"FAILED: {states.reason(frame)}"[:LONGEST], Colour.ERROR))
    elif refusals and states.state(lane, frame) is not State.MISSING:
        found.append((f"NOT SHOWN: {refusals[0]}"[:LONGEST], Colour.ERROR))
    if any(picture.proxy for picture in shown):
        found.append(("PROXY", Colour.ACCENT))
    if any(picture.stale for picture in shown) or states.state(lane, frame) is State.STALE:
        found.append(("STALE", Colour.WARNING))
    if view.name in _SOLVED_VIEWS and states.state(Lane.MATTE, frame) is State.MISSING:
        found.append(("NO MATTE YET", Colour.DIM))
    return found
