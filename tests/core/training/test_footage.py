"""Pictures and movies that data sets are made of."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from stfam.core.errors import UnreadableFrameError
from stfam.core.training.footage import Movie, PictureFiles


def test_a_movie_that_ends_early_is_named(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "a.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25, (64, 48))
    for _ in range(2):
        writer.write(np.full((48, 64, 3), 30, np.uint8))
    writer.release()
    assert len(Movie.of(tmp_path / "a.mp4")) == 2
    with pytest.raises(UnreadableFrameError, match="a.mp4"):
        Movie(tmp_path / "a.mp4", 5).read(1, 3)


def test_sixteen_bit_pictures_keep_their_values(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((4, 4), 257 * 100, np.uint16))
    assert (PictureFiles.of(tmp_path).read(0, 1) == 100).all()
