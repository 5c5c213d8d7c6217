"""A document to a .stfam file with its trimaps beside it, and back."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from stfam.core.errors import StfamError
from stfam.ui.model.document import Document
from stfam.ui.model.trimap_canvas import TrimapCanvas


class ShotFileError(StfamError):
    """A shot that could not be saved or opened as a whole."""

    exit_status = 2


def shot_file(path: Path) -> Path:
    """The file that a path means: where it is a link, what it leads to, as saving would put a file in its place."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else path.absolute()


def keys_folder(path: Path) -> Path:
    """Where the trimaps of a shot file lie."""
    return path.with_name(f"{path.stem}_keys")


def save_shot(document: Document, path: Path) -> None:
    """Write the project file and the trimaps of its keyframes, all of these under temporary names first.

    Raises:
        ShotFileError: a file could not be written; the shot that was there is whole.
    """
    folder = keys_folder(path)
    names = {frame: folder / f"{path.stem}.{frame:04d}.png" for frame in document.keys}
    temporary = {frame: name.with_name(f".{name.name}.part") for frame, name in names.items()}
    try:
        if names:
            folder.mkdir(parents=True, exist_ok=True)
        for frame, part in temporary.items():
            part.write_bytes(document.key_file(frame)())
        for frame, name in names.items():
            os.replace(temporary[frame], name)
        document.shot({frame: f"{folder.name}/{name.name}" for frame, name in names.items()}).save(path)
        for orphan in _trimaps(folder, path.stem) - set(names.values()):
            orphan.unlink()
    except OSError as error:
        for part in temporary.values():
            with suppress(OSError):
                part.unlink()
        raise ShotFileError(
            f"{path} was not saved: {error.strerror or error}. Free some space or save elsewhere; nothing is lost."
        ) from error


def _trimaps(folder: Path, stem: str) -> set[Path]:
    """The files there that saving a shot of this name wrote at some time."""
    name = re.compile(rf"{re.escape(stem)}\.-?\d{{3,}}\.png")
    return {path for path in folder.glob("*.png") if name.fullmatch(path.name)}


def load_keys(paths: dict[int, Path]) -> dict[int, TrimapCanvas]:
    """The painted trimaps of a shot.

    Raises:
        ShotFileError: a trimap is missing or unreadable.
    """
    keys = {}
    for frame, path in paths.items():
        try:
            keys[frame] = TrimapCanvas.from_file(path)
        except OSError as error:
            raise ShotFileError(f"The trimap of keyframe {frame} is missing: {error}. Put it back.") from error
    return keys
