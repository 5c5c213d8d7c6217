"""Names that the libraries take by which pictures are read and written (standard library only)."""

from __future__ import annotations

from stfam.core.errors import InputError


def check_utf8_name(name: str) -> None:
    """Refuse a name that is no UTF-8 text or holds a null: libraries raise TypeError for it, OpenCV ends the process.

    Raises:
        InputError: names it, the bytes that are no text as escapes.
    """
    readable = name.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
    if readable != name:
        raise InputError(
            f"The name {readable} is no UTF-8 text without null characters, as the names of plates, trimaps, "
            "mattes and pictures have to be. Rename the folder or file, or copy what is in it to another.",
            path=readable,
        )
