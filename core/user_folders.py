"""Where the platform keeps what programs hold for a user (standard library only)."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def home_folder() -> Path:
    """The user's own folder; the root of the disk for one who has none, as in some containers and services."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.path.abspath(os.sep))


def user_data_folder() -> Path:
    """Where a program's own data belong."""
    if sys.platform == "win32":
        return _named("LOCALAPPDATA", "AppData/Local") / "stfam"
    if sys.platform == "darwin":
        return home_folder() / "Library" / "Application Support" / "stfam"
    return _named("XDG_DATA_HOME", ".local/share") / "stfam"


def user_cache_folder() -> Path:
    """Where what can be made again belongs."""
    if sys.platform == "win32":
        return _named("LOCALAPPDATA", "AppData/Local") / "stfam" / "cache"
    if sys.platform == "darwin":
        return home_folder() / "Library" / "Caches" / "stfam"
    return _named("XDG_CACHE_HOME", ".cache") / "stfam"


def _named(variable: str, usual: str) -> Path:
    """The folder that the variable names, if by a whole path: else it would be another one in each folder."""
    named = os.environ.get(variable, "")
    return Path(named) if os.path.isabs(named) else home_folder() / usual
