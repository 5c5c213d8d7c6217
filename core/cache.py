"""Where a shot's cache lies: one folder a plate, shared by panel, hosts and `stfam render` (standard library only)."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from stfam.core.frame_token import frame_token
from stfam.core.user_folders import user_cache_folder


def cache_root() -> Path:
    """The folder of all caches: $STFAM_CACHE, else the platform's place for caches."""
    named = os.environ.get("STFAM_CACHE")
    return Path(named) if named else user_cache_folder()


def plate_cache(plate: str) -> Path:
    """The cache folder of a plate, by its absolute path pattern however that is spelt; not made here."""
    return cache_root() / "plates" / _folder_name(_one_spelling(os.path.abspath(plate)))


def session_folder(shot: str) -> Path:
    """Where the unsaved paint of a shot (its file, or its plate where it has none) is kept, by whatever path it is
    named; not made here."""
    return cache_root() / "sessions" / _folder_name(_one_spelling(os.path.realpath(shot)))


def bakes_folder() -> Path:
    """Where hosts render the plates that their graphs change, anew at each run; not made here."""
    return cache_root() / "bakes"


def bake_folder(script: str, node: str) -> Path:
    """Where a node of a host's script renders its plate: no other script's, but that of the script's versions too."""
    unversioned = re.sub(r"(?<![A-Za-z0-9])v\d+(?![A-Za-z0-9])", "v", os.path.abspath(script))
    return bakes_folder() / _folder_name(unversioned) / node


def _one_spelling(pattern: str) -> str:
    """With #### for %04d and @@@@, as they name the same frames; %d and a single # may name others than #### does."""
    token = frame_token(pattern)
    if token is None or token.width < 2 or token.single:
        return pattern
    return f"{pattern[: token.start]}{token.range}{'#' * token.width}{pattern[token.end :]}"


def _folder_name(path: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(path).name).strip("-")[:40]
    return f"{stem}-{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
