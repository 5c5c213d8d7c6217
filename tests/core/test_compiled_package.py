"""Packages of compiled functions, where what is compiled cannot be kept or read."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numba
import pytest

from stfam.core.compiled_package import import_compiled


def _nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del folder
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [numba.core.caching.UserProvidedCacheLocator])
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")


def _damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(folder))
    importlib.import_module("halving")
    del sys.modules["halving"]
    for kept in folder.rglob("*.nbi"):
        os.truncate(kept, 0)


@pytest.mark.parametrize("fault", [_nowhere, _damaged])
def test_a_compiled_package_is_imported_where_nothing_can_be_kept_or_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "halving.py").write_text(
        "import numba\n\n@numba.njit('f8(f8)', cache=True)\ndef half(x):\n    return x / 2\n"
    )
    fault(tmp_path, monkeypatch)
    before = numba.config.CACHE_DIR
    try:
        assert import_compiled("halving").half(3.0) == 1.5
    finally:
        sys.modules.pop("halving", None)
    assert before == numba.config.CACHE_DIR
