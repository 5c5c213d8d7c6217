"""Where mattes are exported to: a new version each time, nothing overwritten (standard library only)."""

from __future__ import annotations

import glob
import re
from collections.abc import Collection
from pathlib import Path

from stfam.core.errors import OutputError
from stfam.core.frame_token import frame_token

_VERSION = re.compile(r"(?<![a-zA-Z])v(\d{3,})")


def versioned_pattern(shot: Path | None, plate: str) -> str:
    """`NAME_matte/vNNN/NAME_matte.vNNN.####.exr` beside the shot file; without one, beside the plate's folder.

    Raises:
        OutputError: which versions are there may not be seen.
    """
    if shot is not None:
        home, name = shot.parent, shot.stem
    else:
        home, name = Path(plate).parent.parent, _plate_name(plate)
    folder = home / f"{name}_matte"
    version = f"v{_next_version(folder):03d}"
    return (folder / version / f"{name}_matte.{version}.####.exr").as_posix()


def next_version(pattern: str, taken: Collection[str] = ()) -> str:
    """The same pattern at the first version whose files are not there; one without a version gets one if needed.

    Args:
        taken: patterns that others are about to write.

    Raises:
        OutputError: whether its files are there may not be seen.
    """
    while pattern in taken or _exists(Path(pattern)):
        pattern = _raised(pattern)
    return pattern


def _raised(pattern: str) -> str:
    """The next version: of the file's name and of its folder where that says the same, else of the folder alone."""
    path = Path(pattern)
    name, folder = _last_version(path.name), _last_version(path.parent.name)
    if name is None and folder is None:
        stem, dot, rest = path.name.partition(".")
        return path.with_name(f"{stem}.v002{dot}{rest}").as_posix()
    parent = path.parent
    if folder is not None and (name is None or name[1] == folder[1]):
        parent = parent.with_name(_with_next(parent.name, folder))
    return (parent / (path.name if name is None else _with_next(path.name, name))).as_posix()


def _last_version(name: str) -> re.Match[str] | None:
    return next(reversed(list(_VERSION.finditer(name))), None)


def _with_next(name: str, version: re.Match[str]) -> str:
    digits = version[1]
    return f"{name[: version.start()]}v{int(digits) + 1:0{len(digits)}d}{name[version.end() :]}"


def _exists(path: Path) -> bool:
    name, token = path.name, frame_token(path.name)
    parts = (name,) if token is None else (name[: token.start], name[token.end :])
    wanted = "*".join(map(glob.escape, parts))
    try:
        return path.parent.is_dir() and any(path.parent.glob(wanted))
    except OSError as error:
        raise _hidden(path.parent, error) from error


def _next_version(folder: Path) -> int:
    try:
        names = [child.name for child in folder.iterdir()] if folder.is_dir() else []
    except OSError as error:
        raise _hidden(folder, error) from error
    versions = map(_VERSION.fullmatch, names)
    return max((int(match[1]) for match in versions if match), default=0) + 1


def _hidden(folder: Path, error: OSError) -> OutputError:
    text = f"{folder} cannot be looked into: {error.strerror}. So the next version of its mattes is not known."
    return OutputError(f"{text} Name the mattes elsewhere.")


def _plate_name(plate: str) -> str:
    return re.sub(r"[.#@%]+.*$", "", Path(plate).name).rstrip("._-") or "plate"
