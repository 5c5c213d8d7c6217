"""A shot made definite: the plate, the frames asked for, the keyframes and the hashes; checked before anything runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stfam.core.engine.keyframe_spans import Span, deciding_keys, halo, keyframe_spans
from stfam.core.engine.sliding_window import check_window
from stfam.core.errors import InputError, UsageError
from stfam.core.media.plate import Plate, open_plate
from stfam.core.network.weights_files import matting_config
from stfam.core.plate_reader import PlateReader
from stfam.core.render_plan import Clip
from stfam.core.render_request import check_present, clip_frames, keyframe_files, requested_frames
from stfam.core.settings_hash import MatteHashes
from stfam.core.shot import Shot
from stfam.core.shot_hashes import shot_hashes

STEPS = ("render", "propagate", "matte")


@dataclass(frozen=True)
class Job:
    """What a run works from."""

    shot: Shot
    step: str
    plate: Plate
    clip: Clip
    requested: tuple[int, ...]
    keys: dict[int, Path]
    spans: tuple[Span, ...]
    hashes: MatteHashes
    left_out: dict[int, InputError]
    """Keyframes whose plate cannot be read: the others serve in their place."""

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
        continue_on_error: frames that are missing are left to fail one by one, and keyframes whose plate cannot be
            read are left out, unless there is no other.

    Raises:
        UsageError: an unknown step, an empty range, a keyframe outside the plate, a window that is too large.
        InputError: the plate, a frame of it or a keyframe's trimap is missing.
        WeightsError: the weights are missing, or of another network.
    """
    if step not in STEPS:
        raise UsageError(f"There is no step '{step}'; there are {', '.join(STEPS)}.", step=step)
    plate = open_plate(shot.plate, shot.settings.colorspace)
    try:
        clip = Clip(clip_frames(plate.frames))
        wanted = plate.named if frames is None and shot.frames is None else frames
        requested = requested_frames(shot, wanted, clip.frames, plate.name)
        if not continue_on_error:
            check_present(requested, plate)
        keys = keyframe_files(shot, plate)
        spans = () if step == "matte" and not shot.output.trimaps else keyframe_spans(clip.frames, sorted(keys))
        near = clip.around(requested, halo(shot.settings.window))
        left_out = _unreadable(plate, keys, near) if spans and continue_on_error else {}
        if left_out:
            keys = {frame: path for frame, path in keys.items() if frame not in left_out}
            spans = keyframe_spans(clip.frames, sorted(keys))
        if step != "propagate":
            check_window(shot.settings.window, matting_config(shot.settings.weights).window)
        hashes = shot_hashes(shot, clip, keys, spans, cache(plate.identity), mattes=step != "propagate")
        return Job(shot, step, plate, clip, requested, keys, spans, hashes, left_out)
    except BaseException:
        plate.close()
        raise


def _unreadable(plate: Plate, keys: Iterable[int], near: Collection[int]) -> dict[int, InputError]:
    """Keyframes that decide something of the frames `near` and whose plate cannot be read, and why.

    In the place of such a one the next one decides. The others are not read: a shot may have hundreds.

    Raises:
        InputError: none can be read.
    """
    reader, left = PlateReader(plate), list(keys)
    readable: set[int] = set()
    errors: dict[int, InputError] = {}
    while unread := [frame for frame in deciding_keys(left, near) if frame not in readable]:
        for frame in unread:
            try:
                reader.read(frame)
                readable.add(frame)
            except InputError as error:
                errors[frame] = error
        left = [frame for frame in left if frame not in errors]
    if not left:
        raise next(iter(errors.values()))
    return errors
