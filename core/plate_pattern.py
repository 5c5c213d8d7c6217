"""From a file that was dropped or chosen to the plate that it is part of (standard library only)."""

from __future__ import annotations

import re
from pathlib import Path

MOVIES = frozenset({".mov", ".mp4", ".mxf", ".mkv", ".avi", ".m4v", ".webm"})
_NUMBERED = re.compile(r"^(?P<stem>.*?)(?P<digits>\d+)(?P<suffix>\.[A-Za-z0-9]+)$")


def plate_pattern(path: Path | str) -> str:
    """The sequence pattern of a numbered file, such as `plate.####.exr`; any other path as it is.

    A folder stands for the first numbered sequence in it.
    """
    path = Path(path)
    if path.is_dir():
        numbered = (p for p in sorted(path.iterdir()) if p.is_file() and _NUMBERED.match(p.name))
        first = next(numbered, None)
        return str(path) if first is None else plate_pattern(first)
    match = _NUMBERED.match(path.name)
    if path.suffix.lower() in MOVIES or match is None:
        return str(path)
    return str(path.with_name(f"{match['stem']}{'#' * len(match['digits'])}{match['suffix']}"))


def is_shot(path: Path) -> bool:
    """Whether a path is a project file."""
    return path.suffix.lower() == ".stfam"
