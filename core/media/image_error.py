"""What OpenImageIO says went wrong, and what that is to an artist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stfam.core.errors import UnreadableFrameError
from stfam.core.plate_pattern import MOVIES

_LONGEST = 500
"""Letters of a reason: a damaged header may be quoted by the kilobyte."""


def last_error(source: Any) -> str:
    """The sentence of an image, or of the library itself, which forgets it then; empty where nothing went wrong.

    It quotes a damaged file as it is: bytes that are no text are escaped, and what a terminal would take for orders.
    """
    try:
        said = str(source.geterror())
    except UnicodeDecodeError as error:
        said = error.object.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() or c.isspace() else ascii(c)[1:-1] for c in said)


def unreadable(path: Path, reason: str) -> UnreadableFrameError:
    """The error of a file that cannot be read, for what OpenImageIO or the operating system says."""
    if "could not find a format reader" in reason:
        text = f"{path} is of a format that is not read. Write EXR, PNG, TIFF, JPEG or DPX, or a movie named "
        return UnreadableFrameError(f"{text}{', '.join(sorted(MOVIES))}.", path=str(path))
    detail = " ".join(reason.split())[:_LONGEST] or "it is no image that can be read"
    return UnreadableFrameError(f"{path} cannot be read: {detail}. Render or copy that frame again.", path=str(path))
