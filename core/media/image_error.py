"""What OpenImageIO says went wrong, and what that is to an artist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stfam.core.errors import UnreadableFrameError
from stfam.core.plate_pattern import MOVIES


def last_error(source: Any) -> str:
    """The sentence of an image, or of the library itself, which forgets it then; empty where nothing went wrong.

    It quotes a damaged file as it is, bytes that are no text among it.
    """
    try:
        return str(source.geterror())
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "backslashreplace")


def unreadable(path: Path, reason: str) -> UnreadableFrameError:
    """The error of a file that cannot be read, for what OpenImageIO or the operating system says."""
    if "could not find a format reader" in reason:
        text = f"{path} is of a format that is not read. Write EXR, PNG, TIFF, JPEG or DPX, or a movie named "
        return UnreadableFrameError(f"{text}{', '.join(sorted(MOVIES))}.", path=str(path))
    detail = " ".join(reason.split()) or "it is no image that can be read"
    return UnreadableFrameError(f"{path} cannot be read: {detail}. Render or copy that frame again.", path=str(path))
