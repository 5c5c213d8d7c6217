"""Names of frames: `name.####.exr`, `name.%04d.exr`, `name.1001-1100#.exr`, `name.1001.exr`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import fileseq

from stfam.core.errors import UsageError
from stfam.core.frame_range import FrameRange

_TOKEN = re.compile(
    r"(?P<range>-?\d+(?:-\d+(?:x\d+)?)?(?:,-?\d+(?:-\d+(?:x\d+)?)?)*)?(?P<pad>#+|@+|%0?(?P<width>\d*)d)"
)
_NUMBERED = re.compile(r"(?P<number>\d+)(?P<suffix>\.[^.]+)$")
_NUMBER = re.compile(r"-?\d+", re.ASCII)
HASH_WIDTH = 4
"""Digits that a single # stands for; several stand for one digit each."""


@dataclass(frozen=True)
class FramePattern:
    """Paths of a numbered sequence."""

    prefix: str
    padding: int
    suffix: str
    range: FrameRange | None = None
    """Frames that the spelling itself named."""

    @classmethod
    def parse(cls, text: str) -> FramePattern:
        """A pattern of any of the spellings.

        Raises:
            UsageError: there is no place for the frame number.
        """
        name_start = max(text.rfind("/"), text.rfind("\\")) + 1
        matches = list(_TOKEN.finditer(text, name_start))
        if not matches:
            raise UsageError(
                f"'{text}' has no place for the frame number; write for example name.####.exr or name.%04d.exr.",
                pattern=text,
            )
        match = matches[-1]
        named = FrameRange.parse(match["range"]) if match["range"] else None
        return cls(text[: match.start()], _padding(match), text[match.end() :], named)

    @classmethod
    def of_file(cls, path: str) -> FramePattern:
        """The pattern that one numbered file belongs to, naming that frame alone; frame 1 where it has no number."""
        match = _NUMBERED.search(path)
        if match is None:
            return cls(path, 0, "", FrameRange((1,)))
        number = match["number"]
        return cls(path[: match.start()], len(number), match["suffix"], FrameRange((int(number),)))

    @staticmethod
    def matches(text: str) -> bool:
        """Whether a text has a place for the frame number."""
        return _TOKEN.search(text, max(text.rfind("/"), text.rfind("\\")) + 1) is not None

    def path(self, frame: int) -> Path:
        """The file of a frame."""
        if self.padding == 0 and not self.suffix:
            return Path(self.prefix)
        return Path(f"{self.prefix}{fileseq.utils.pad(frame, self.padding)}{self.suffix}")

    def existing(self) -> tuple[int, ...]:
        """Frames whose file is there, in order; only those that the spelling named, where it named any."""
        if self.padding == 0 and not self.suffix:
            return (1,) if Path(self.prefix).is_file() else ()
        first = Path(self.prefix + "0")
        start = len(first.name) - 1
        try:
            names = [entry.name for entry in os.scandir(first.parent)]
        except OSError:
            return ()
        numbers = (n[start : len(n) - len(self.suffix)] for n in names if self._may_hold(n, first.name[:-1]))
        frames = sorted(int(number) for number in numbers if self._is_number(number))
        return tuple(f for f in frames if self.range is None or f in self.range)

    def _may_hold(self, name: str, stem: str) -> bool:
        return name.startswith(stem) and name.endswith(self.suffix)

    def _is_number(self, text: str) -> bool:
        return _NUMBER.fullmatch(text) is not None and fileseq.utils.pad(int(text), self.padding) == text

    def __str__(self) -> str:
        return f"{self.prefix}{'#' * self.padding}{self.suffix}"


def _padding(match: re.Match[str]) -> int:
    pad = match["pad"]
    if pad.startswith("%"):
        return int(match["width"] or 1)
    if pad == "#":
        return HASH_WIDTH
    return len(pad)
