"""The names under which files are written before they are renamed, and which of them nobody writes any more."""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

PREFIX = ".stfam-"
STILL_WRITTEN = 600.0
"""Seconds for which a file of another machine may be one that is being written."""
_NAME = re.compile(re.escape(PREFIX) + r"(?:(?P<machine>[0-9A-Za-z]+)\.)?(?P<process>[0-9]+)-(?P<name>.+)")


def temporary_path(path: Path) -> Path:
    """Where this process writes what will be `path`: beside it, named after the machine and the process."""
    return path.with_name(f"{PREFIX}{_machine()}.{os.getpid()}-{path.name}")


def remove_abandoned(folder: Path, names: Collection[str]) -> None:
    """Remove what killed runs left of some files; what another run may still be writing, or may not be removed, stays.

    That is a file of a living process of this machine, or of another machine and touched within the last minutes.

    Args:
        folder: in which the files lie.
        names: the final names of those that are meant.
    """
    for left in folder.glob(f"{PREFIX}*"):
        named = _NAME.fullmatch(left.name)
        if named is None or named["name"] not in names:
            continue
        ours = named["machine"] == _machine() and sys.platform != "win32"  # there, to ask after a process ends it
        if not (_lives_elsewhere(int(named["process"])) if ours else _is_recent(left)):
            with suppress(OSError):  # another user's, where all may write, as in /tmp
                left.unlink()


def _machine() -> str:
    return re.sub(r"[^0-9A-Za-z]", "", platform.node())[:32] or "machine"


def _lives_elsewhere(process: int) -> bool:
    """Whether a process id is that of another living process of this machine."""
    if process in (0, os.getpid()):
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _is_recent(path: Path) -> bool:
    """Whether a file was touched in the last minutes; it may go meanwhile."""
    try:
        return time.time() - path.stat().st_mtime < STILL_WRITTEN
    except FileNotFoundError:
        return False
