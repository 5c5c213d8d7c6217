"""Which frames a job reads, propagates and mattes, settled before anything is computed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from stfam.core.engine.keyframe_spans import Span, backward_frames, forward_frames, halo


@dataclass(frozen=True)
class Clip:
    """The frames of a plate in order, missing ones included."""

    frames: tuple[int, ...]

    def window(self, frame: int, reach: int) -> tuple[int, ...]:
        """The frames up to `reach` before and after a frame, itself included; fewer at the clip's ends."""
        index = bisect_left(self.frames, frame)
        return self.frames[max(0, index - reach) : index + reach + 1]

    def around(self, frames: Iterable[int], reach: int) -> frozenset[int]:
        """All frames in the windows of some frames."""
        return frozenset(other for frame in frames for other in self.window(frame, reach))

    def follows(self, earlier: int, later: int) -> bool:
        """Whether no frame of the clip lies between two."""
        return bisect_left(self.frames, later) == bisect_left(self.frames, earlier) + 1


@dataclass(frozen=True)
class Schedule:
    """What is done with each frame that is touched."""

    wanted: tuple[int, ...]
    """Frames to write, in order."""
    pictured: frozenset[int]
    """Frames whose plate enters a window, or steadies one that does, or shows its background."""
    trimapped: frozenset[int]
    """Frames whose trimap is needed: for a window, or to plan the tiles of a neighbour."""
    passed: frozenset[int]
    """Frames that the forward passes of propagation go through."""
    propagated: frozenset[int]
    """Frames of `trimapped` whose trimap has to be propagated."""

    @property
    def touched(self) -> tuple[int, ...]:
        """All frames to go through, in order."""
        return tuple(sorted(self.trimapped | self.passed))


def matte_schedule(
    clip: Clip, wanted: Collection[int], reach: int, spans: Sequence[Span], given: Collection[int]
) -> Schedule:
    """Schedule of a job that writes mattes.

    Args:
        clip: of the plate.
        wanted: frames whose mattes are to be written.
        reach: n of the window.
        spans: of the keyframes; none where nothing is propagated.
        given: frames whose trimap is there already.
    """
    near = clip.around(wanted, halo(reach))
    return _schedule(wanted, near, near, spans, given)


def trimap_schedule(wanted: Collection[int], spans: Sequence[Span], given: Collection[int]) -> Schedule:
    """Schedule of a job that writes trimaps alone."""
    return _schedule(wanted, frozenset(), frozenset(wanted), spans, given)


def _schedule(
    wanted: Collection[int],
    pictured: frozenset[int],
    trimapped: frozenset[int],
    spans: Sequence[Span],
    given: Collection[int],
) -> Schedule:
    propagated = trimapped - frozenset(given)
    passed = frozenset(frame for span in spans for frame in forward_frames(span, propagated))
    return Schedule(tuple(sorted(wanted)), pictured, trimapped, passed, propagated)


def plate_reads(schedule: Schedule, spans: Sequence[Span]) -> frozenset[int]:
    """Frames of the plate that are read to make others, keyframes aside."""
    backward = (frame for span in spans for frame in backward_frames(span, schedule.propagated))
    return schedule.pictured | schedule.passed | frozenset(backward)
