"""Arrays on disk: whole, or as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stfam.core.array_file import write_array
from stfam.core.errors import WriteError


def test_an_array_is_read_as_it_was_written(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.uint16).reshape(2, 3)[:, ::-1]
    write_array(tmp_path / "new" / "a.npy", array)
    assert np.array_equal(np.load(tmp_path / "new" / "a.npy"), array)
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.npy"]


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError, match=r"a\.npy could not be written"):
        write_array(tmp_path / "file" / "a.npy", np.zeros(2))
