"""Where mattes are exported to: a new version each time, nothing overwritten (standard library only)."""

from __future__ import annotations

import re
from pathlib import Path

_VERSION = re.compile(r"v(\d{3,})")


def versioned_pattern(shot: Path | None, plate: str) -> str:
    """`NAME_matte/vNNN/NAME_matte.vNNN.####.exr` beside the shot file; without one, beside the plate's folder."""
    if shot is not None:
        home, name = shot.parent, shot.stem
    else:
        home, name = Path(plate).parent.parent, _plate_name(plate)
    folder = home / f"{name}_matte"
    version = f"v{_next_version(folder):03d}"
    return (folder / version / f"{name}_matte.{version}.####.exr").as_posix()


def next_version(pattern: str) -> str:
    """The same pattern at the first version whose files are not there; one without a version gets one if needed."""
    while _exists(Path(pattern)):
        pattern = _raised(pattern)
    return pattern


def _raised(pattern: str) -> str:
    versions = _VERSION.findall(pattern)
    if versions:
        old = versions[-1]
        return pattern.replace(f"v{old}", f"v{int(old) + 1:0{len(old)}d}")
    path = Path(pattern)
    stem, dot, rest = path.name.partition(".")
    return path.with_name(f"{stem}.v002{dot}{rest}").as_posix()


def _exists(path: Path) -> bool:
    wanted = re.sub(r"#+|%0\d+d|@+", "*", path.name)
    return path.parent.is_dir() and any(path.parent.glob(wanted))


def _next_version(folder: Path) -> int:
    children = folder.iterdir() if folder.is_dir() else ()
    versions = (_VERSION.fullmatch(child.name) for child in children)
    return max((int(match[1]) for match in versions if match), default=0) + 1


def _plate_name(plate: str) -> str:
    return re.sub(r"[.#@%]+.*$", "", Path(plate).name).rstrip("._-") or "plate"
