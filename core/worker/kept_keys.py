"""The key trimaps of a shot as they are when a job begins: the artist paints on meanwhile, into the same files."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from stfam.core.errors import InputError, WriteError
from stfam.core.shot import Keyframe, Shot
from stfam.core.whole_file import write_whole

Stamp = tuple[str, int, int]
"""A file's path, size and time of change."""
KEPT_SECONDS = 24 * 3600.0
"""No job works that long with one state of a key."""


def key_stamp(key: Keyframe) -> Stamp:
    """What changes when a key trimap does.

    Raises:
        InputError: the trimap is missing.
    """
    try:
        status = Path(key.trimap).stat()
    except OSError as error:
        text = f"The trimap of keyframe {key.frame} is missing: {key.trimap}."
        raise InputError(text, frame=key.frame) from error
    return key.trimap, status.st_size, status.st_mtime_ns


def name_originals(error: InputError, kept: Shot, shot: Shot) -> None:
    """Let an error name the key trimaps of `shot` where it names those that were kept of them."""
    for copy, key in zip(kept.keys, shot.keys, strict=True):
        error.args = (str(error).replace(copy.trimap, key.trimap),)
        error.data = {name: key.trimap if value == copy.trimap else value for name, value in error.data.items()}


class KeptKeys:
    """Keeps each state of a key trimap that a job works with, once; those that were last used a day ago are removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for file in folder.glob("*/*"):
            with suppress(OSError):  # another worker removes them as well
                if file.stat().st_mtime < time.time() - KEPT_SECONDS:
                    shutil.rmtree(file.parent)

    def shot(self, shot: Shot) -> Shot:
        """The shot with its key trimaps as they are now, in files that nobody writes again.

        Raises:
            InputError: a trimap is missing or cannot be read.
            WriteError: it cannot be kept.
        """
        keys = tuple(dataclasses.replace(key, trimap=str(self._kept(key))) for key in shot.keys)
        return dataclasses.replace(shot, keys=keys)

    def _kept(self, key: Keyframe) -> Path:
        state = hashlib.sha256(repr(key_stamp(key)).encode("utf-8", "surrogatepass")).hexdigest()[:20]
        path = self._folder / state / Path(key.trimap).name
        if not _used_again(path):
            content = _content(key)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, content)
            except OSError as error:
                text = f"The trimap of keyframe {key.frame} could not be kept in {self._folder}"
                raise WriteError(f"{text}: {error.strerror or error}. Free some space.", path=str(path)) from error
        return path


def _content(key: Keyframe) -> bytes:
    try:
        return Path(key.trimap).read_bytes()
    except OSError as error:
        text = f"The trimap of keyframe {key.frame}, {key.trimap}, cannot be read: {error.strerror or error}."
        raise InputError(text, frame=key.frame, path=key.trimap) from error


def _used_again(path: Path) -> bool:
    """Whether a state is kept already; from now on it is one of today."""
    with suppress(OSError):  # the file of another user, in a cache that several share
        os.utime(path)
    return path.is_file()
