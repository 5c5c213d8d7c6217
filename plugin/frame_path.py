"""The file of a frame in a pattern, for the side without the media packages (standard library only)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_TOKEN = re.compile(r"(?P<hashes>#+)|%0?(?P<width>\d*)d")


def frame_path(pattern: str, frame: int) -> str:
    """The file of `frame` in `name.####.exr` or `name.%04d.exr`; a path without a number is that of a movie.

    One # stands for four digits, several for one digit each.
    """
    match = _last(pattern)
    if match is None:
        return pattern
    hashes = match["hashes"]
    digits = int(match["width"] or 0) if hashes is None else 4 if hashes == "#" else len(hashes)
    return f"{pattern[: match.start()]}{frame:0{digits}d}{pattern[match.end() :]}"


def frames_on_disk(pattern: str) -> tuple[int, ...]:
    """The frame numbers whose files exist, ascending; empty for a movie and where there are none."""
    path = Path(pattern)
    match = _last(path.name)
    if match is None or not path.parent.is_dir():
        return ()
    name = re.compile(re.escape(path.name[: match.start()]) + r"(-?\d+)" + re.escape(path.name[match.end() :]))
    found = (name.fullmatch(child.name) for child in path.parent.iterdir())
    return tuple(sorted(int(match[1]) for match in found if match))


def exists(pattern: str) -> bool:
    """Whether a movie or at least one frame of a sequence is there."""
    return Path(pattern).is_file() or bool(frames_on_disk(pattern))


def matte_files(pattern: str, frames: Iterable[int]) -> dict[int, Path]:
    """The files of a pattern that exist, by frame; a movie stands for each of the frames."""
    found = {frame: Path(frame_path(pattern, frame)) for frame in frames}
    return {frame: path for frame, path in found.items() if path.is_file()}


def _last(text: str) -> re.Match[str] | None:
    matches = list(_TOKEN.finditer(text))
    return matches[-1] if matches else None
