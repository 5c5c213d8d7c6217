"""Names of frames: `name.####.exr`, `name.%04d.exr`, `name.%d.exr`, `name.1001-1100#.exr`, `name.1001.exr`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import fileseq

from stfam.core.errors import InputError, UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.frame_token import frame_token

_NUMBERED = re.compile(r"(?P<number>(?:(?<=\.)-)?\d+)(?P<suffix>\.[^.]+)$")
"""A minus counts after a dot alone: elsewhere it is a hyphen."""
_NUMBER = re.compile(r"-?\d+", re.ASCII)


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
        token = frame_token(text)
        if token is None:
            raise UsageError(
                f"'{text}' has no place for the frame number; write for example name.####.exr or name.%04d.exr.",
                pattern=text,
            )
        named = FrameRange.parse(token.range) if token.range else None
        return cls(text[: token.start], token.width, text[token.end :], named)

    @classmethod
    def of_existing(cls, text: str) -> FramePattern:
        """The pattern of files that are there already: a single # also finds numbers without leading zeros.

        Raises:
            UsageError: there is no place for the frame number.
        """
        padded, token = cls.parse(text), frame_token(text)
        if token is None or not token.single:
            return padded
        unpadded = replace(padded, padding=1)
        return unpadded if len(unpadded.existing()) > len(padded.existing()) else padded

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
        """Whether a text has a place for the frame number; a movie has none, whatever its name is."""
        return frame_token(text) is not None

    def path(self, frame: int) -> Path:
        """The file of a frame."""
        if self.padding == 0 and not self.suffix:
            return Path(self.prefix)
        return Path(f"{self.prefix}{fileseq.utils.pad(frame, self.padding)}{self.suffix}")

    def existing(self) -> tuple[int, ...]:
        """Frames whose file is there, in order; only those that the spelling named, where it named any.

        Raises:
            InputError: the folder may not be read.
        """
        if self.padding == 0 and not self.suffix:
            return (1,) if Path(self.prefix).is_file() else ()
        first = Path(self.prefix + "0")
        start = len(first.name) - 1
        try:
            names = [entry.name for entry in os.scandir(first.parent)]
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            reason = f"The folder {first.parent} cannot be read: {error.strerror}."
            raise InputError(reason, path=str(first.parent)) from error
        numbers = (n[start : len(n) - len(self.suffix)] for n in names if self._may_hold(n, first.name[:-1]))
        frames = sorted(int(number) for number in numbers if self._is_number(number))
        return tuple(f for f in frames if self.range is None or f in self.range)

    def _may_hold(self, name: str, stem: str) -> bool:
        return name.startswith(stem) and name.endswith(self.suffix)

    def _is_number(self, text: str) -> bool:
        return _NUMBER.fullmatch(text) is not None and fileseq.utils.pad(int(text), self.padding) == text

    def __str__(self) -> str:
        place = "%d" if self.padding == 1 else "#" * self.padding
        return f"{self.prefix}{place}{self.suffix}"
