"""Frame ranges as artists write them: `1001-1100`, `1-10x2`, `1001,1005,1010-1020`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stfam.core.errors import UsageError

LARGEST = 10_000_000
"""Frames that one range may name; more is a slip of the finger."""

_PART = re.compile(r"(-?\d{1,18})(?:-(-?\d{1,18})(?:x(\d{1,18}))?)?", re.ASCII)


@dataclass(frozen=True)
class FrameRange:
    """Sorted, unique frame numbers."""

    frames: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> FrameRange:
        """Frames of a text such as `1-10x2,15`; the step counts from the first frame.

        Raises:
            UsageError: the text is no frame range, runs backwards, steps by 0, or names over ten million frames.
        """
        frames: set[int] = set()
        for found in _parts(text):
            if len(frames) + len(found) > LARGEST:
                raise UsageError(f"The frame range '{text}' names more than {LARGEST} frames.", range=text)
            frames.update(found)
        return cls(tuple(sorted(frames)))

    @classmethod
    def of(cls, frames: Iterable[int]) -> FrameRange:
        """The range of any frame numbers."""
        return cls(tuple(sorted(set(frames))))

    def __iter__(self) -> Iterator[int]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)

    def __contains__(self, frame: object) -> bool:
        index = bisect_left(self.frames, frame) if isinstance(frame, int) else len(self.frames)
        return self.frames[index : index + 1] == (frame,)

    def __str__(self) -> str:
        """The shortest text that parses to the same frames, with runs of step 1 joined."""
        return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in self._runs())

    @property
    def words(self) -> str:
        """The frames as a sentence names them: 1004, 1007-1009, and -2 to 1 where a hyphen would read as a minus."""
        return ", ".join(str(a) if a == b else f"{a} to {b}" if a < 0 else f"{a}-{b}" for a, b in self._runs())

    def _runs(self) -> list[list[int]]:
        """First and last frame of every run of step 1."""
        runs: list[list[int]] = []
        for frame in self.frames:
            if runs and frame == runs[-1][1] + 1:
                runs[-1][1] = frame
            else:
                runs.append([frame, frame])
        return runs


def frame_count(text: str) -> int:
    """Frames that a text names, those that it names twice counted twice; none of them is spelt out.

    Raises:
        UsageError: the text is no frame range, runs backwards, or steps by 0.
    """
    return sum(map(len, _parts(text)))


def _parts(text: str) -> Iterator[range]:
    return (_part(part, text) for part in text.replace(" ", "").split(","))


def _part(part: str, text: str) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise UsageError(f"'{text}' is no frame range; write for example 1001-1100, 1-10x2 or 1001,1005.", range=text)
    first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
    if last < first or step == 0:
        raise UsageError(f"The frame range '{text}' has '{part}', which holds no frame.", range=text)
    return range(first, last + 1, step)
