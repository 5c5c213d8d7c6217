"""From a file that was dropped or chosen to the plate that it is part of (standard library only)."""

from __future__ import annotations

import re
from pathlib import Path

MOVIES = frozenset({".mov", ".mp4", ".mxf", ".mkv", ".avi", ".m4v", ".webm", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts"})
_NUMBERED = re.compile(r"^(?P<stem>.*?)(?P<digits>(?:(?<=\.)-)?\d+)(?P<suffix>\.[A-Za-z0-9]+)$")
"""A minus counts after a dot alone: elsewhere it is a hyphen."""


def plate_pattern(path: Path | str) -> str:
    """The sequence pattern of a numbered file, such as `plate.####.exr`; any other path as it is.

    A number without leading zeros is `plate.%d.exr` where it has one digit, or shorter ones lie beside it. A folder
    stands for the first numbered sequence in it.
    """
    path = Path(path)
    if path.is_dir():
        numbered = (p for p in sorted(path.iterdir()) if p.is_file() and _NUMBERED.match(p.name))
        first = next(numbered, None)
        return str(path) if first is None else plate_pattern(first)
    match = _NUMBERED.match(path.name)
    if is_movie(path) or match is None:
        return str(path)
    place = "%d" if _unpadded(path, match) else "#" * len(match["digits"])
    return str(path.with_name(f"{match['stem']}{place}{match['suffix']}"))


def file_number(path: Path | str) -> int:
    """The frame that one file stands for: the number before its suffix; 1 where it has none."""
    match = _NUMBERED.match(Path(path).name)
    return int(match["digits"]) if match else 1


def _unpadded(path: Path, match: re.Match[str]) -> bool:
    """Whether the numbers of a file's sequence have no leading zeros; one digit alone has none."""
    digits = match["digits"].lstrip("-")
    if len(digits) == 1 or digits.startswith("0"):
        return len(digits) == 1
    name = re.compile(f"{re.escape(match['stem'])}([0-9]+){re.escape(match['suffix'])}")
    folder = path.parent
    found = (name.fullmatch(other.name) for other in folder.iterdir()) if folder.is_dir() else ()
    numbers = [other[1] for other in found if other]
    if any(number.startswith("0") and len(number) == len(digits) for number in numbers):
        return False
    return any(len(number) < len(digits) and (number == "0" or not number.startswith("0")) for number in numbers)


def is_movie(path: Path | str) -> bool:
    """Whether a path is a movie's, whatever else is in its name."""
    return Path(path).suffix.lower() in MOVIES


def is_shot(path: Path | str) -> bool:
    """Whether a path is a project file's."""
    return Path(path).suffix.lower() == ".stfam"
