"""Frames as the ranges of task parameters, within the limits of the OpenJD specification."""

from __future__ import annotations

from collections.abc import Sequence

from stfam.core.errors import UsageError
from stfam.core.frame_range import FrameRange
from stfam.plugin.queue.plan import chunks

LIMIT = 1024
"""Characters of a value or a range expression, and entries of a list."""


def span_ranges(spans: Sequence[Sequence[int]]) -> list[str]:
    """A value for each task that propagates; neighbouring spans share one where there are too many.

    Raises:
        UsageError: the frames are too scattered.
    """
    together = chunks(range(len(spans)), -(-len(spans) // LIMIT))
    return [_value([frame for index in group for frame in spans[index]]) for group in together]


def piece_ranges(frames: Sequence[int], size: int) -> list[str]:
    """A value for each task of at most `size` frames.

    Raises:
        UsageError: there are too many of them, or the frames are too scattered.
    """
    pieces = chunks(frames, size)
    if len(pieces) > LIMIT:
        least = -(-len(frames) // LIMIT)
        raise UsageError(
            f"Spelt out, these are {len(pieces)} tasks; OpenJD allows {LIMIT}. Give --chunk {least} or more frames, or "
            "leave --no-chunking out."
        )
    return [_value(piece) for piece in pieces]


def chunked_range(frames: Sequence[int]) -> str | list[int]:
    """All frames, for the farm to cut.

    Raises:
        UsageError: the frames are too scattered.
    """
    text = str(FrameRange.of(frames))
    if len(text) <= LIMIT:
        return text
    if len(frames) <= LIMIT:
        return list(frames)
    raise _too_scattered()


def _value(frames: Sequence[int]) -> str:
    text = str(FrameRange.of(frames))
    if len(text) > LIMIT:
        raise _too_scattered()
    return text


def _too_scattered() -> UsageError:
    return UsageError("These frames are too scattered for one OpenJD job; bundle them in several (--frames).")
