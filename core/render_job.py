"""A shot made definite: the plate, the frames asked for, the keyframes and the hashes; checked before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stfam.core.engine.keyframe_spans import Span, keyframe_spans
from stfam.core.errors import EmptyRangeError, InputError, KeyframeError, MissingFrameError, UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.media.colour import configuration_identity
from stfam.core.media.pattern import FramePattern
from stfam.core.media.plate import Plate, open_plate
from stfam.core.network.weights import file_sha256, weights_path
from stfam.core.render_plan import Clip, clip_frames
from stfam.core.settings_hash import MatteHashes, TrimapHashes
from stfam.core.shot import Shot

STEPS = ("render", "propagate", "matte")
_NAMED = 8
"""Frames that a message names before it only counts them."""


@dataclass(frozen=True)
class Job:
    """What a run works from."""

    shot: Shot
    step: str
    plate: Plate
    clip: Clip
    requested: tuple[int, ...]
    absent: frozenset[int]
    """Frames that are asked for, or lie between those that are there, and are not on disk."""
    keys: dict[int, Path]
    spans: tuple[Span, ...]
    hashes: MatteHashes

    @property
    def reach(self) -> int:
        """n of the window."""
        return self.shot.settings.window


def prepare_job(shot: Shot, frames: str | Sequence[int] | None, step: str, continue_on_error: bool) -> Job:
    """Open the plate and settle what is to be done.

    Args:
        shot: to be run.
        frames: a range or frame numbers instead of the shot's own.
        step: of STEPS.
        continue_on_error: frames that are missing are left to fail one by one.

    Raises:
        UsageError: an unknown step, an empty range, a keyframe outside the plate.
        InputError: the plate, a frame of it or a keyframe's trimap is missing.
        WeightsError: the weights are missing.
    """
    if step not in STEPS:
        raise UsageError(f"There is no step '{step}'; there are {', '.join(STEPS)}.", step=step)
    plate = open_plate(shot.plate, shot.settings.colorspace)
    try:
        clip = Clip(clip_frames(plate.frames))
        wanted = plate.named if frames is None and shot.frames is None else frames
        requested = requested_frames(shot, wanted, clip, plate.name)
        absent = frozenset((*clip.frames, *requested)) - frozenset(plate.frames)
        if not continue_on_error:
            check_present(sorted(absent & set(requested)), plate)
        keys = keyframe_files(shot, plate)
        spans = () if step == "matte" and not shot.output.trimaps else keyframe_spans(clip.frames, sorted(keys))
        hashes = _hashes(shot, step, plate, clip, keys, spans)
        return Job(shot, step, plate, clip, requested, absent, keys, spans, hashes)
    except BaseException:
        plate.close()
        raise


def requested_frames(shot: Shot, frames: str | Sequence[int] | None, clip: Clip, name: str) -> tuple[int, ...]:
    """The frames to make, in order.

    Raises:
        EmptyRangeError: none of them is a frame of the plate.
    """
    wanted = shot.frames if frames is None else frames
    if wanted is None:
        return clip.frames
    asked = FrameRange.parse(wanted) if isinstance(wanted, str) else FrameRange.of(wanted)
    if not any(frame in clip.frames for frame in asked):
        plate = FrameRange.of(clip.frames).words
        raise EmptyRangeError(f"The range '{asked}' names no frame of {name}, which has {plate}.", range=str(asked))
    return asked.frames


def check_present(missing: Sequence[int], plate: Plate) -> None:
    """Raise for frames that are not there.

    Raises:
        MissingFrameError: names them.
    """
    if missing:
        inside = any(plate.frames[0] < frame < plate.frames[-1] for frame in missing)
        ways = "--continue-on-error" if inside else "--frames or --continue-on-error"
        raise MissingFrameError(
            f"{plate.name} has no frame {frame_list(missing)}. Render or copy it, or use {ways}.",
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
        InputError: a trimap's file is missing.
    """
    there = set(plate.frames)
    files: dict[int, Path] = {}
    if shot.keys_pattern:
        pattern = FramePattern.parse(shot.keys_pattern)
        files = {frame: pattern.path(frame) for frame in pattern.existing() if frame in there}
    for key in shot.keys:
        if key.frame not in there:
            raise KeyframeError(
                f"Keyframe {key.frame} is no frame of {plate.name}, which has {FrameRange.of(plate.frames).words}.",
                frame=key.frame,
            )
        files[key.frame] = Path(key.trimap)
    if not files:
        given = f" under {shot.keys_pattern}" if shot.keys_pattern else "; give one with --key FRAME=TRIMAP"
        raise KeyframeError(f"There is no keyframe for {plate.name}{given}.", keys=shot.keys_pattern)
    for frame, path in files.items():
        if not path.is_file():
            raise InputError(f"The trimap of keyframe {frame} is missing: {path}.", frame=frame, path=str(path))
    return dict(sorted(files.items()))


def _hashes(
    shot: Shot, step: str, plate: Plate, clip: Clip, keys: dict[int, Path], spans: tuple[Span, ...]
) -> MatteHashes:
    settings = shot.settings
    propagation = file_sha256(weights_path(settings.propagation_weights, "propagation")) if spans else ""
    matting = file_sha256(weights_path(settings.weights, "matting")) if step != "propagate" else ""
    trimaps = TrimapHashes(keys, spans, lambda frame: _identity(plate, frame), propagation, settings.colorspace)
    return MatteHashes(
        trimaps=trimaps,
        window=clip.window,
        weights=matting,
        reach=settings.window,
        proxy=settings.proxy,
        refinement=shot.refinement,
        output=shot.output,
    )


def _identity(plate: Plate, frame: int) -> str:
    try:
        identity = plate.identity(frame)
    except MissingFrameError:
        return "missing"
    colours = configuration_identity()
    return f"{identity}|{colours}" if colours else identity
