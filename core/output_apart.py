"""Files that a job writes are none of those that it reads, and no two kinds of them are one."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path

from stfam.core.errors import UsageError
from stfam.core.media.plate import Plate
from stfam.core.plate_pattern import is_movie
from stfam.core.render_movie import MovieFile
from stfam.core.render_outputs import FrameFiles


def check_apart(
    files: Mapping[str, FrameFiles | MovieFile], plate: Plate, frames: Collection[int], keys: Mapping[int, Path]
) -> None:
    """Refuse to write over a plate, a painted trimap or another output of the same job.

    All keyframes count, also those whose frame is not asked for.

    Args:
        files: that are written, by their kind.
        plate: that is read.
        frames: that are asked for.
        keys: trimap of every keyframe.

    Raises:
        UsageError: names the file and what it is.
    """
    movie = is_movie(plate.name)
    inputs: defaultdict[str, dict[Path, str]] = defaultdict(dict)
    for frame, path in keys.items():
        inputs[_alike(path)][path] = f"the trimap of keyframe {frame}"
    for frame in frames:
        path = plate.path(frame)
        inputs[_alike(path)][path] = "the plate" if movie else f"frame {frame} of the plate"
    taken: dict[str, str] = {}
    for kind, file in files.items():
        for frame in sorted({*frames, *keys}):
            path = file.path(frame)
            for given, what in inputs.get(_alike(path), {}).items():
                if _are_one(path, given):
                    raise UsageError(f"{path} is {what}: the {kind} would be written over it. Choose another name.")
            if taken.setdefault(_alike(path), kind) != kind:
                other = taken[_alike(path)]
                raise UsageError(f"{path} would be both {other} and {kind}. Give each a name of its own.")


def _alike(path: Path) -> str:
    """Equal for names that Windows and macOS take for one: upper and lower case, composed letters and not."""
    return unicodedata.normalize("NFC", str(_place(path))).casefold()


def _are_one(path: Path, given: Path) -> bool:
    """Whether two names that are alike are of one file, which depends on the disk where they are not equal."""
    try:
        return _place(path) == _place(given) or os.path.samefile(path, given)
    except OSError:  # one of them is not there
        return False


def _place(path: Path) -> Path:
    return _folder(path.parent) / path.name


@lru_cache(maxsize=64)
def _folder(folder: Path) -> Path:
    return Path(os.path.realpath(folder))  # takes a link that leads to itself as it is
