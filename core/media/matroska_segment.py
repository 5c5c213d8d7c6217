"""How long a Matroska file says that it is, by the element that holds everything in it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_HEADER = 0x1A45DFA3
_SEGMENT = 0x18538067


def is_cut_off(path: Path) -> bool:
    """Whether a file is shorter than its segment; one of unknown length, as of a live recording, never is."""
    with path.open("rb") as file:
        if _number(file, marked=True) != _HEADER:
            return False
        file.seek(_number(file) or 0, 1)
        if _number(file, marked=True) != _SEGMENT:
            return False
        length = _number(file)
        return length is not None and file.tell() + length > path.stat().st_size


def _number(file: BinaryIO, *, marked: bool = False) -> int | None:
    """A number of 1 to 8 bytes, whose first set bit tells how many; all ones after it are None, unless it is kept.

    Args:
        file: at the number.
        marked: keep that bit, as in the names of elements.
    """
    first = (file.read(1) or b"\0")[0]
    more = 8 - first.bit_length()
    if more > 7:
        return None
    value = int.from_bytes(bytes([first]) + file.read(more), "big")
    mark = 1 << 7 * (more + 1)
    if marked:
        return value
    return None if value == 2 * mark - 1 else value - mark
