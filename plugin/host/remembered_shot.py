"""What becomes of a shot that a host's file remembers when it is opened: another plate, trimaps that are gone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from stfam.core.cache import bakes_folder
from stfam.core.export_path import next_version
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Shot
from stfam.plugin.host.interface import HostError


def for_plate(shot: Shot, plate: str) -> Shot:
    """The shot with another plate. What it writes beside a bake, which may be another node's, it writes beside this.

    So it does with what it writes beside a plate that moved, where its old folder has gone: that moved along.
    """
    old, new, output = Path(shot.plate).parent.parent, Path(plate).parent.parent, shot.output
    baked = bakes_folder() in old.parents
    moved: dict[str, Any] = {}
    for name in ("matte", "foreground", "trimaps"):
        path = Path(getattr(output, name) or "")
        if old != new and old in path.parents and (baked or not path.parent.is_dir()):
            beside = (new / path.relative_to(old)).as_posix()
            moved[name] = next_version(beside) if baked else beside
    return replace(shot, plate=plate, output=replace(output, **moved))


def with_trimaps(shot: Shot, anew: Collection[int]) -> Shot:
    """The shot with those keys whose trimaps are there.

    Args:
        anew: frames whose keys are made again, so that nothing is lost with their trimaps.

    Raises:
        HostError: trimaps of other keys are gone.
    """
    gone = {key.frame: key.trimap for key in shot.keys if not Path(key.trimap).is_file()}
    if lost := sorted(gone.keys() - set(anew)):
        raise HostError(
            f"The trimaps of keyframes {FrameRange.of(lost).words} are not there any more, such as {gone[lost[0]]}. "
            "They lie where they were made: put them back, make these keys again, or clear the shot.",
            frames=lost,
        )
    return replace(shot, keys=tuple(key for key in shot.keys if key.frame not in gone))
