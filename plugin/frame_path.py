"""The file of a frame in a pattern, for the side without the media packages (standard library only).

What may not be looked at, as in the cache of another user, is not there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from stfam.core.frame_token import frame_token


def frame_path(pattern: str, frame: int) -> str:
    """The file of `frame` in `name.####.exr` or `name.%04d.exr`; a path without a number is that of a movie.

    One # stands for four digits, several for one digit each, %d for a number without leading zeros.
    """
    token = frame_token(pattern)
    return pattern if token is None else f"{pattern[: token.start]}{frame:0{token.width}d}{pattern[token.end :]}"


def frames_on_disk(pattern: str) -> tuple[int, ...]:
    """The frame numbers whose files exist, ascending; empty for a movie and where there are none."""
    folder, token = Path(pattern).parent, frame_token(pattern)
    if token is None:
        return ()
    try:
        there = os.listdir(folder)
    except OSError:
        return ()
    before, after = Path(f"{pattern[: token.start]}0").name[:-1], pattern[token.end :]
    name = re.compile(f"{re.escape(before)}(-?[0-9]+){re.escape(after)}")
    numbers = (match[1] for match in map(name.fullmatch, there) if match)
    return tuple(sorted(int(text) for text in numbers if f"{int(text):0{token.width}d}" == text))


def exists(pattern: str) -> bool:
    """Whether a movie or at least one frame of a sequence is there."""
    return os.path.isfile(pattern) or bool(frames_on_disk(pattern))


def matte_files(pattern: str, frames: Iterable[int]) -> dict[int, Path]:
    """The files of a pattern that exist, by frame; a movie stands for each of the frames."""
    found = {frame: Path(frame_path(pattern, frame)) for frame in frames}
    return {frame: path for frame, path in found.items() if os.path.isfile(path)}
