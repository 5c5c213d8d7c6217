"""Where the frame number stands in the name of a file (standard library only)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stfam.core.plate_pattern import is_movie

HASH_WIDTH = 4
"""Digits that a single # stands for; several stand for one digit each."""

_TOKEN = re.compile(
    r"(?P<range>-?\d+(?:-\d+(?:x\d+)?)?(?:,-?\d+(?:-\d+(?:x\d+)?)?)*)?(?P<pad>#+|@+|%0?(?P<width>\d{0,2})d)"
)


@dataclass(frozen=True)
class FrameToken:
    """The place of the frame number in a pattern.

    Attributes:
        start, end: of it in the text.
        width: least number of digits.
        range: the frames that stand before it, as text; empty for none.
        single: it is one #, which may also stand for numbers without leading zeros that are there already.
    """

    start: int
    end: int
    width: int
    range: str
    single: bool


def frame_token(text: str) -> FrameToken | None:
    """The last place for a frame number in the file's name; None for a movie, and where there is none."""
    found = None if is_movie(text) else next(reversed(list(_TOKEN.finditer(text, name_start(text)))), None)
    if found is None:
        return None
    pad = found["pad"]
    width = int(found["width"] or 1) if pad.startswith("%") else HASH_WIDTH if pad == "#" else len(pad)
    return FrameToken(found.start(), found.end(), width, found["range"] or "", pad == "#")


def name_start(path: str) -> int:
    """Where the file's name begins in a path of any platform."""
    return max(path.rfind("/"), path.rfind("\\")) + 1
