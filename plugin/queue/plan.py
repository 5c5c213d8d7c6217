"""A job's tasks: which frames each step renders in which pieces, and what waits for what (standard library only)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from stfam.core.engine.keyframe_spans import halo

CHECK_FRAMES = 500
"""Frames of one check task: reading back is quick, so that it is cut only for very long shots."""

MOVIE_SUFFIX = ".mov"


class Step(str, Enum):
    """What a task does; each is an `stfam` subcommand."""

    PROPAGATE = "propagate"
    MATTE = "matte"
    CHECK = "check"


@dataclass(frozen=True)
class PlannedTask:
    """One task; `depends` are positions in the plan of tasks that must be done before."""

    step: Step
    frames: tuple[int, ...]
    depends: tuple[int, ...] = ()


@dataclass(frozen=True)
class Extent:
    """What of a shot is to be planned: the plate's frames, those wanted of them, and the keyframes, all ascending."""

    plate: tuple[int, ...]
    wanted: tuple[int, ...]
    keys: tuple[int, ...]


def plan(extent: Extent, steps: Sequence[Step], window: int, chunk: int) -> tuple[PlannedTask, ...]:
    """The tasks of `steps` for `extent`: propagation by span, mattes by `chunk` frames, then checks.

    A matte of a frame needs the trimaps of its window and of the frames that show its background (its halo), so
    propagation covers those too, and a chunk of mattes waits for the spans that its halo touches.
    """
    tasks: list[PlannedTask] = []
    reach = halo(window)
    needed = frames_with_trimaps(extent, window)
    if Step.PROPAGATE in steps and not set(needed) <= set(extent.keys):
        tasks += [PlannedTask(Step.PROPAGATE, span) for span in spans(needed, extent.keys)]
    spans_of = _owners(tasks)
    first_matte = len(tasks)
    if Step.MATTE in steps:
        for frames in chunks(extent.wanted, chunk):
            around = with_halo(frames, extent.plate, reach)
            tasks.append(PlannedTask(Step.MATTE, frames, _touched(around, spans_of)))
    if Step.CHECK in steps:
        mattes_of = _owners(tasks[first_matte:], first_matte)
        for frames in chunks(extent.wanted, CHECK_FRAMES):
            tasks.append(PlannedTask(Step.CHECK, frames, _touched(frames, mattes_of)))
    return tuple(tasks)


def frames_with_trimaps(extent: Extent, window: int) -> tuple[int, ...]:
    """The frames whose trimaps the wanted mattes are made with: their own, and those of their halo."""
    return with_halo(extent.wanted, extent.plate, halo(window))


def in_one_piece(patterns: Sequence[str | None]) -> bool:
    """Whether mattes can only be written by one task: into a movie, which is one file."""
    return any(pattern is not None and pattern.lower().endswith(MOVIE_SUFFIX) for pattern in patterns)


def spans(frames: Sequence[int], keys: Sequence[int]) -> list[tuple[int, ...]]:
    """`frames` cut behind each keyframe: what lies between two keys depends on nothing else.

    A span that is nothing but a keyframe goes with its neighbour, as there is nothing to propagate in it.
    """
    cut: dict[int, list[int]] = {}
    for frame in frames:
        cut.setdefault(bisect_left(keys, frame), []).append(frame)
    found = [tuple(span) for _, span in sorted(cut.items())]
    if len(found) > 1 and set(found[0]) <= set(keys):
        found[:2] = [found[0] + found[1]]
    return found


def chunks(frames: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """`frames` in as few pieces of at most `size` as there can be, as even as they can be (20 by 8 gives 7, 7, 6)."""
    count = max(1, -(-len(frames) // max(1, size)))
    base, longer = divmod(len(frames), count)
    ends = [0]
    for i in range(count):
        ends.append(ends[-1] + base + (i < longer))
    return [tuple(frames[a:b]) for a, b in zip(ends, ends[1:], strict=False) if b > a]


def with_halo(frames: Sequence[int], plate: Sequence[int], reach: int) -> tuple[int, ...]:
    """`frames` and the `reach` neighbours on each side that the plate has."""
    position = {frame: i for i, frame in enumerate(plate)}
    wanted: set[int] = set(frames)
    for frame in frames:
        at = position.get(frame)
        if at is not None:
            wanted.update(plate[max(0, at - reach) : at + reach + 1])
    return tuple(sorted(wanted))


def _owners(tasks: Sequence[PlannedTask], first: int = 0) -> dict[int, int]:
    return {frame: first + i for i, task in enumerate(tasks) for frame in task.frames}


def _touched(frames: Sequence[int], owners: dict[int, int]) -> tuple[int, ...]:
    return tuple(sorted({owners[frame] for frame in frames if frame in owners}))
