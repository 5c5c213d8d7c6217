"""How long a Matroska file says that it is, and whether its elements follow one another without a tear."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_HEADER = 0x1A45DFA3
_SEGMENT = 0x18538067
_CLUSTER = 0x1F43B675
_LONGEST_NAME = 32
"""Bits."""


def is_cut_off(path: Path) -> bool:
    """Whether a file is shorter than its segment; one of unknown length, as of a live recording, never is."""
    with path.open("rb") as file:
        end = _enter_segment(file)
        return end is not None and end > path.stat().st_size


def is_torn(path: Path) -> bool:
    """Whether something that is no element lies amid the segment: what it took the place of is lost.

    That of a file which is cut off, or of a segment of unknown length, is not looked for.
    """
    with path.open("rb") as file:
        end = _enter_segment(file)
        if end is None or end > path.stat().st_size:
            return False
        while file.tell() < end:
            name, length = _number(file, marked=True), _number(file)
            if name == _CLUSTER:
                continue  # what is in it comes as if it were the segment's
            if name is None or name >> _LONGEST_NAME or length is None or length > end - file.tell():
                return True
            file.seek(length, 1)
        return file.tell() > end


def _enter_segment(file: BinaryIO) -> int | None:
    """Go to the first element of the segment, and tell where it ends; None where that is unknown, or there is none."""
    if _number(file, marked=True) != _HEADER:
        return None
    file.seek(_number(file) or 0, 1)
    if _number(file, marked=True) != _SEGMENT:
        return None
    length = _number(file)
    return None if length is None else file.tell() + length


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
