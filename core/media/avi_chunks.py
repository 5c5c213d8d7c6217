"""Whether the chunks of an AVI follow one another without a tear."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_ENTERED = (b"movi", b"rec ")
"""Lists whose chunks are looked at; others are passed over whole."""


def is_torn(path: Path) -> bool:
    """Whether something that is no chunk lies amid the file: what it took the place of is lost.

    That of a file which is cut off, or does not say how long it is, is not looked for.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        while True:
            name, end = _chunk(file)
            if name != b"RIFF" or end > size or end == file.tell():
                return False
            file.seek(4, 1)
            if not _follow(file, end):
                return True
            file.seek(end)


def _follow(file: BinaryIO, end: int) -> bool:
    """Whether there are chunks and nothing else up to `end`, which may leave out the last one's padding."""
    while file.tell() + 8 <= end:
        name, after = _chunk(file)
        if not all(0x20 <= letter < 0x7F for letter in name):
            return False
        if name != b"LIST" or file.read(4) not in _ENTERED:
            file.seek(after)
    return file.tell() <= end + 1


def _chunk(file: BinaryIO) -> tuple[bytes, int]:
    """The name of the chunk that begins here and where it ends, and the file at what is in it."""
    name, length = file.read(4), int.from_bytes(file.read(4), "little")
    return name, file.tell() + length + length % 2
