"""How many frames a job may have, found out before the range is spelt out (standard library only)."""

from __future__ import annotations

from stfam.core.errors import UsageError
from stfam.core.frame_range import frame_count
from stfam.plugin.queue.errors import JobFileError

FRAME_LIMIT = 200_000
"""More than two hours at 24 frames a second: what is longer is a slip of the keyboard."""


def checked_frames(frames: str) -> None:
    """See that `frames` is a range that a job may have.

    Raises:
        JobFileError: it is no range, or names more than FRAME_LIMIT frames.
    """
    try:
        count = frame_count(frames)
    except UsageError as error:
        text = f"{frames[:80]!r} is no range of frames; write it like 1001-1100,1105 or 1-9x2."
        raise JobFileError(text) from error
    if count > FRAME_LIMIT:
        raise JobFileError(f"A job of {count:,} frames is refused: {FRAME_LIMIT:,} is the most. Split the shot.")
