"""Whether the worker can be given work, and what is missing where it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from stfam.core.frame_range import FrameRange
from stfam.ui.model.document import Document
from stfam.ui.model.messages import Message
from stfam.ui.model.trimap_canvas import FOREGROUND, UNKNOWN, TrimapCanvas
from stfam.ui.workplace import Workplace

NOTHING_TO_CARRY = "Nothing to carry: the frames asked for are keyframes, or lie outside of the range from in to out."


def ready_to_solve(workplace: Workplace, frames: Sequence[int]) -> bool:
    """Whether work on `frames` can begin; says why where it cannot. A stroke that is drawn ends, and is part of it."""
    workplace.hand.finish()
    missing = _missing(workplace, frames)
    if missing is None:
        workplace.messages.clear_missing()
        return True
    tell = workplace.messages.warn if missing.error else workplace.messages.miss
    tell(missing.text, *missing.actions)
    return False


def _missing(workplace: Workplace, frames: Sequence[int]) -> Message | None:
    document = workplace.document
    if not document.keys:
        return Message("Paint a trimap first: mark foreground, background and unknown on one frame.")
    if not frames:
        return Message(document.range_problem or NOTHING_TO_CARRY, bool(document.range_problem))
    if not workplace.link.alive:
        return Message("The worker is not running.", True, ("restart",))
    return _stray_key(document) or _unfinished_key(document)


def _stray_key(document: Document) -> Message | None:
    """The keyframes that the plate does not have."""
    frames = FrameRange.of(document.stray_keys).words
    text = f"Frame {frames} is a keyframe, and the plate has no such frame. Put it back, or remove the keyframe."
    return Message(text, False, ("remove_strays",)) if frames else None


def _unfinished_key(document: Document) -> Message | None:
    """A key that says too little; one without any paint may say that the subject has left, if there are others."""
    for frame, canvas in sorted(document.keys.items()):
        if _empty(canvas) and len(document.keys) > 1:
            continue
        if not canvas.holds(UNKNOWN):
            text = f"Frame {frame} has no unknown pixels. Paint the soft edge as unknown."
            return Message(text, False, ("label_unknown",))
        if not canvas.holds(FOREGROUND):
            text = f"Frame {frame} has no foreground pixels. Paint what is surely the subject as foreground."
            return Message(text, False, ("label_foreground",))
    return None


def _empty(canvas: TrimapCanvas) -> bool:
    return not canvas.holds(UNKNOWN) and not canvas.holds(FOREGROUND)
