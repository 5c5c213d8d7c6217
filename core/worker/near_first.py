"""The order of a job's work: what is near the playhead first, in pieces that are long enough to be quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

PIECE = 8
"""Frames in a piece: a window's halo is encoded once a piece, and the playhead is looked at between pieces."""


def pieces(frames: Sequence[int]) -> list[tuple[int, ...]]:
    """Runs of at most `PIECE` frames, cut evenly.

    Args:
        frames: ascending.
    """
    count = -(-len(frames) // PIECE)
    bounds = [len(frames) * i // count for i in range(count + 1)] if count else []
    return [tuple(frames[first:last]) for first, last in zip(bounds, bounds[1:])]


def near_first(waiting: list[tuple[int, ...]], playhead: Callable[[], int]) -> Iterator[tuple[int, ...]]:
    """Take the piece nearest to the playhead, wherever it is by then, until none is left."""
    left = list(waiting)
    while left:
        at = playhead()
        nearest = min(left, key=lambda piece: distance(piece, at))
        left.remove(nearest)
        yield nearest


def distance(piece: Sequence[int], frame: int) -> int:
    """Frames from a piece to a frame; 0 inside."""
    return max(piece[0] - frame, frame - piece[-1], 0)
