"""How many frames a job may have, found out before the range is spelt out (standard library only)."""

from __future__ import annotations

import re

from stfam.plugin.queue.errors import JobFileError

FRAME_LIMIT = 200_000
"""More than two hours at 24 frames a second: what is longer is a slip of the keyboard."""

_PIECE = re.compile(r"\s*(-?\d{1,9})(?:\s*-\s*(-?\d{1,9})(?:\s*x\s*(\d{1,9}))?)?\s*")


def checked_frames(frames: str) -> int:
    """The number of frames that the pieces of `frames` name, counted without making a list of them.

    Raises:
        JobFileError: it is no range, or names more than FRAME_LIMIT frames.
    """
    count = 0
    for piece in frames.split(","):
        match = _PIECE.fullmatch(piece)
        if match is None or match[3] == "0":
            raise JobFileError(f"{frames[:80]!r} is no range of frames; write it like 1001-1100,1105 or 1-9x2.")
        first, last = int(match[1]), int(match[2] or match[1])
        count += max(0, last - first) // int(match[3] or 1) + 1
    if count > FRAME_LIMIT:
        raise JobFileError(f"A job of {count:,} frames is refused: {FRAME_LIMIT:,} is the most. Split the shot.")
    return count
