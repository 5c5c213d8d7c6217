"""Pictures on disk for a panel to map."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from stfam.core.errors import WriteError
from stfam.core.worker.pictures import PictureFolder, filling


def test_the_oldest_pictures_go_and_one_that_went_meanwhile_is_no_fault(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    for age, name in enumerate(("new", "middle", "old")):
        path = Path(folder.picture(name, "gray8", lambda: np.zeros((4, 8), np.uint8)).path)
        os.utime(path, (1000 - age, 1000 - age))
    killed = tmp_path / ".x.1.2.part"
    killed.write_bytes(b"half")
    os.utime(killed, (900, 900))
    (tmp_path / "gone.raw").symlink_to(tmp_path / "nowhere")
    folder.trim(2 * 4 * 8)
    assert sorted(path.name for path in tmp_path.glob("*.raw") if path.is_file()) == ["middle.raw", "new.raw"]
    assert not killed.exists(), "nobody writes it any more"


def test_a_picture_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    made = [folder.picture("a", "gray8", lambda: np.full((2, 3), 7, np.uint8)) for _ in range(2)]
    assert made[0] == made[1] and made[0].stride == 4
    Path(made[0].path).unlink()
    again = folder.picture("a", "gray8", lambda: np.full((2, 3), 7, np.uint8))
    assert Path(again.path).read_bytes() == bytes([7] * 8)


def test_a_cache_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(WriteError, match="picture cache .* could not be written: (File exists|Not a directory)"):
        PictureFolder(tmp_path / "cache").picture("a", "gray8", lambda: np.zeros((2, 4), np.uint8))


def test_what_a_panel_has_mapped_may_stay_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = PictureFolder(tmp_path).picture("a", "gray8", lambda: np.full((2, 4), 7, np.uint8))

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "The process cannot access the file")  # as Windows says of a mapped file

    monkeypatch.setattr(os, "replace", refused)
    after_a_restart = PictureFolder(tmp_path)
    assert after_a_restart.picture("a", "gray8", lambda: np.full((2, 4), 7, np.uint8)) == made
    with pytest.raises(WriteError):
        after_a_restart.picture("b", "gray8", lambda: np.zeros((2, 4), np.uint8))
    assert [path.name for path in tmp_path.iterdir()] == ["a.raw"]
    monkeypatch.setattr(Path, "unlink", refused)
    after_a_restart.trim(0)


@pytest.mark.parametrize(
    ("shape", "squeeze", "shown"),
    [((40, 60), 1.0, (0, 40, 0, 60)), ((40, 120), 1.0, (0, 40, 30, 90)), ((80, 60), 1.0, (20, 60, 0, 60)),
     ((40, 30), 2.0, (0, 40, 0, 30)), ((20, 60), 1.0, (0, 20, 15, 45)), ((1, 9), 1.0, (0, 1, 3, 5))],
    ids=str,
)  # fmt: skip
def test_a_background_of_another_shape_is_cut_and_not_stretched(
    shape: tuple[int, int], squeeze: float, shown: tuple[int, int, int, int]
) -> None:
    places = np.stack(np.indices(shape), -1).astype(np.float32)
    filled = filling(np.dstack([places, np.zeros(shape, np.float32)]), 40, 60, squeeze)
    assert filled.shape == (40, 60, 3)
    top, bottom, left, right = shown
    assert (filled[0, 0, 0], filled[-1, -1, 0]) == pytest.approx((top, bottom - 1), abs=0.3)
    assert (filled[0, 0, 1], filled[-1, -1, 1]) == pytest.approx((left, right - 1), abs=0.3)
