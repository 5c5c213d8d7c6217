"""What is asked of a shot, checked against its plate without anything that computes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from math import gcd
from pathlib import Path

from stfam.core.errors import EmptyRangeError, InputError, KeyframeError, MissingFrameError
from stfam.core.frame_range import FrameRange
from stfam.core.media.pattern import FramePattern
from stfam.core.media.plate import Plate
from stfam.core.shot import Shot

LONGEST_CLIP = 1_000_000
"""Frames from a plate's first to its last; more is a file that is not of it, numbered by its date, say."""
_NAMED = 8
"""Frames that a message names before it only counts them."""


def clip_frames(present: Sequence[int]) -> tuple[int, ...]:
    """Every frame that a clip should have: its first to its last, in the common step of the frames that are there.

    Raises:
        InputError: they are more than a clip has.
    """
    steps = [later - earlier for earlier, later in zip(present, present[1:])]
    step = reduce(gcd, steps, 0) or 1
    clip = range(present[0], present[-1] + 1, step) if present else range(0)
    if len(clip) > LONGEST_CLIP:
        raise InputError(
            f"The plate's numbers go from {clip[0]} to {clip[-1]}, and {len(present)} of those frames are there. Name "
            "those that belong together, name.1001-1100#.exr for example.",
            frames=(clip[0], clip[-1]),
        )
    return tuple(clip)


def requested_frames(shot: Shot, frames: str | Sequence[int] | None, clip: Sequence[int], name: str) -> tuple[int, ...]:
    """The frames to make, in order. Those of a part of the shot's own range may be missing, one and all.

    Raises:
        EmptyRangeError: none of them is a frame of the plate, and they are no such part of a range that names some.
    """
    wanted = shot.frames if frames is None else frames
    if wanted is None:
        return tuple(clip)
    asked = FrameRange.parse(wanted) if isinstance(wanted, str) else FrameRange.of(wanted)
    there, own = frozenset(clip), FrameRange.parse(shot.frames).frames if shot.frames else ()
    if there.isdisjoint(asked) and (there.isdisjoint(own) or not frozenset(own).issuperset(asked)):
        plate = FrameRange.of(clip).words
        raise EmptyRangeError(f"The range '{asked}' names no frame of {name}, which has {plate}.", range=str(asked))
    return asked.frames


def check_present(frames: Collection[int], plate: Plate, *, serving: bool = False, movie: bool = False) -> None:
    """Raise for frames that are not there.

    Args:
        frames: of which some may be missing.
        plate: that should have them.
        serving: they are not asked for, but others are made with their help.
        movie: a movie is written, which needs every frame.

    Raises:
        MissingFrameError: names them.
    """
    missing = sorted(frozenset(frames).difference(plate.frames))
    if missing:
        inside = any(plate.frames[0] < frame < plate.frames[-1] for frame in missing)
        ways = "--continue-on-error" if inside else "--frames or --continue-on-error"
        purpose = ", which the frames asked for are made with" if serving else ""
        instead = " and write frames instead of a movie" if movie else ""
        raise MissingFrameError(
            f"{plate.name} has no frame {frame_list(missing)}{purpose}. Render or copy it, or use {ways}{instead}.",
            frames=tuple(missing),
        )


def frame_list(frames: Sequence[int]) -> str:
    """Some frames in words: 1004, 1007-1009 and 12 more."""
    named = FrameRange.of(frames[:_NAMED]).words
    return named if len(frames) <= _NAMED else f"{named} and {len(frames) - _NAMED} more"


def keyframe_files(shot: Shot, plate: Plate) -> dict[int, Path]:
    """Trimap file of every keyframe, in order of frames.

    Raises:
        KeyframeError: there is none, or one lies outside the plate.
        UsageError: the pattern of keyframes has no place for the frame number.
        InputError: a trimap's file is missing.
    """
    there = frozenset(plate.frames)
    files = pattern_trimaps(shot, there)
    for key in shot.keys:
        if key.frame not in there:
            raise KeyframeError(
                f"Keyframe {key.frame} is no frame of {plate.name}, which has {FrameRange.of(plate.frames).words}.",
                frame=key.frame,
            )
        files[key.frame] = Path(key.trimap)
    if not files:
        given = f" under {shot.keys_pattern}" if shot.keys_pattern else "; give a frame its trimap, --key FRAME=TRIMAP"
        raise KeyframeError(f"There is no keyframe for {plate.name}{given}.", keys=shot.keys_pattern)
    for frame, path in files.items():
        if not path.is_file():
            raise InputError(f"The trimap of keyframe {frame} is missing: {path}.", frame=frame, path=str(path))
    return dict(sorted(files.items()))


def pattern_trimaps(shot: Shot, frames: Collection[int]) -> dict[int, Path]:
    """Trimap file of each of the frames that exists under the shot's pattern of keyframes, where it has one.

    Raises:
        UsageError: the pattern has no place for the frame number.
    """
    if not shot.keys_pattern:
        return {}
    pattern = FramePattern.of_existing(shot.keys_pattern)
    return {frame: pattern.path(frame) for frame in pattern.existing() if frame in frames}
