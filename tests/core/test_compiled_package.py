"""Packages of compiled functions, on a machine that has no folder for what is compiled."""

from __future__ import annotations

import sys
from pathlib import Path

import numba
import pytest

from stfam.core.compiled_package import import_compiled


def test_a_compiled_package_is_imported_where_nothing_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [numba.core.caching.UserProvidedCacheLocator])
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "halving.py").write_text(
        "import numba\n\n@numba.njit('f8(f8)', cache=True)\ndef half(x):\n    return x / 2\n"
    )
    try:
        assert import_compiled("halving").half(3.0) == 1.5
    finally:
        sys.modules.pop("halving", None)
    assert numba.config.CACHE_DIR == ""
