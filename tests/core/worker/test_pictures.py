"""Pictures on disk for a panel to map."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from stfam.core.worker.pictures import PictureFolder


def test_the_oldest_pictures_go_and_one_that_went_meanwhile_is_no_fault(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    for age, name in enumerate(("new", "middle", "old")):
        path = Path(folder.picture(name, "gray8", lambda: np.zeros((4, 8), np.uint8)).path)
        os.utime(path, (1000 - age, 1000 - age))
    (tmp_path / "gone.raw").symlink_to(tmp_path / "nowhere")
    folder.trim(2 * 4 * 8)
    assert sorted(path.name for path in tmp_path.glob("*.raw") if path.is_file()) == ["middle.raw", "new.raw"]


def test_a_picture_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    made = [folder.picture("a", "gray8", lambda: np.full((2, 3), 7, np.uint8)) for _ in range(2)]
    assert made[0] == made[1] and made[0].stride == 4
    Path(made[0].path).unlink()
    again = folder.picture("a", "gray8", lambda: np.full((2, 3), 7, np.uint8))
    assert Path(again.path).read_bytes() == bytes([7] * 8)
