"""Whether the packets of an MXF follow one another without a tear."""

from __future__ import annotations

import mmap
from pathlib import Path

_KEY = b"\x06\x0e\x2b\x34"
"""What every packet's key of 16 bytes begins with; its length follows."""


def is_torn(path: Path) -> bool:
    """Whether something that is no packet lies between two: what it took the place of is lost."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = 0
        while content[place : place + 4] == _KEY:
            place = _after(content, place + 16)
        return 0 < place < len(content) and content.find(_KEY, place) >= 0


def _after(content: mmap.mmap, place: int) -> int:
    """Where a packet ends whose length is written at a place: one byte, or so many after a byte above 127."""
    first = int.from_bytes(content[place : place + 1], "big")
    more = first & 0x7F if first > 0x7F else 0
    place += 1 + more
    return place + (int.from_bytes(content[place - more : place], "big") if more else first)
