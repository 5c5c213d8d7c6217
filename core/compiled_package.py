"""Packages whose functions Numba compiles while they are imported."""

from __future__ import annotations

import importlib
import tempfile
from types import ModuleType
from typing import Any


def import_compiled(name: str) -> ModuleType:
    """Import a package, also where Numba cannot keep its compiled functions, or what it kept is damaged."""
    try:
        return importlib.import_module(name)
    except Exception:  # nowhere to write to, a full disk, a damaged file; what ails the package itself comes again
        import numba  # slow

        settings: Any = numba.config
        before = settings.CACHE_DIR
        with tempfile.TemporaryDirectory(prefix="stfam-") as folder:
            settings.CACHE_DIR = folder
            try:
                return importlib.import_module(name)
            finally:
                settings.CACHE_DIR = before
