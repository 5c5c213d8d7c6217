"""What becomes of a shot that a host's file remembers when it is opened: another plate, trimaps that are gone."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from stfam.core.cache import bakes_folder
from stfam.core.export_path import next_version
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Shot
from stfam.plugin.host.interface import HostError


class TrimapsGoneError(HostError):
    """Trimaps of remembered keys are not where they were made."""

    def __init__(self, plate: str, gone: dict[int, str]) -> None:
        super().__init__(
            f"The trimaps of keyframes {FrameRange.of(gone).words} are not there any more, such as {gone[min(gone)]}. "
            "They lie where they were made: put them back, make these keys again, or clear the shot.",
            plate=plate,
        )


def for_plate(shot: Shot, plate: str) -> Shot:
    """The shot with another plate. What it writes beside a bake, which may be another node's, it writes beside this.

    So it does with what it writes beside a plate that moved, where its old folder has gone: that moved along.
    """
    old, new, output = Path(shot.plate).parent.parent, Path(plate).parent.parent, shot.output
    baked = bakes_folder() in old.parents
    moved: dict[str, Any] = {}
    for name in ("matte", "foreground", "trimaps"):
        path = Path(getattr(output, name) or "")
        if old != new and old in path.parents and (baked or not os.path.isdir(path.parent)):
            beside = (new / path.relative_to(old)).as_posix()
            moved[name] = next_version(beside) if baked else beside
    return replace(shot, plate=plate, output=replace(output, **moved))


def with_keys(shot: Shot, seeded: Collection[int], painted: Collection[int]) -> Shot:
    """The shot with the keys that go on.

    Args:
        seeded: frames whose keys are made of a seed next, instead of those that were; none where they stay.
        painted: keys that came from the panel, and stay as they are.

    Raises:
        TrimapsGoneError: trimaps of keys that nothing makes again are gone.
    """
    kept = [key for key in shot.keys if not seeded or key.frame in painted or key.frame in seeded]
    gone = {key.frame: key.trimap for key in kept if not os.path.isfile(key.trimap)}
    if lost := {frame: gone[frame] for frame in gone if frame in painted or frame not in seeded}:
        raise TrimapsGoneError(shot.plate, lost)
    return replace(shot, keys=tuple(key for key in kept if key.frame not in gone))
