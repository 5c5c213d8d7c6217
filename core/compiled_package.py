"""Packages whose functions Numba compiles while they are imported."""

from __future__ import annotations

import importlib
import tempfile
from types import ModuleType
from typing import Any


def import_compiled(name: str) -> ModuleType:
    """Import a package, also where there is no folder that Numba could keep its compiled functions in."""
    try:
        return importlib.import_module(name)
    except RuntimeError:  # as in an installation that is only read, by a user without a cache folder
        import numba  # slow

        settings: Any = numba.config
        before = settings.CACHE_DIR
        with tempfile.TemporaryDirectory(prefix="stfam-") as folder:
            settings.CACHE_DIR = folder
            try:
                return importlib.import_module(name)
            finally:
                settings.CACHE_DIR = before
