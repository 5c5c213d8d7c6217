"""Movies as plates: exact frames, however they are asked for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from stfam.core.errors import MissingFrameError, MissingPlateError, UnreadableFrameError
from stfam.core.media.plate import Plate, open_plate

from .conftest import MOVIE_SIZE, MovieMaker, movie_level

COUNT = 40


def _level(plate: Plate, frame: int) -> float:
    image = plate.read(frame).image
    assert image.shape == (*MOVIE_SIZE, 3)
    return float(image.mean() * 255)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [("a.mp4", "libx264", "yuv420p"), ("a.mp4", "libx264", "yuv420p10le"), ("a.mov", "prores_ks", "yuv422p10le"),
     ("a.mkv", "libx264", "yuv420p"), ("a.avi", "mjpeg", "yuvj420p"), ("a.avi", "mpeg4", "yuv420p")],
    ids=["h264", "h264 10 bit", "prores", "matroska", "mjpeg avi", "mpeg4 avi"],
)  # fmt: skip
def test_every_frame_in_any_order(
    tmp_path: Path, write_movie: MovieMaker, name: str, codec: str, pixel_format: str
) -> None:
    plate = open_plate(str(write_movie(tmp_path / f"mövie {name}", COUNT, codec, pixel_format)))
    assert plate.frames == tuple(range(1, COUNT + 1))
    for frame in (1, 2, 3, 30, 29, 28, 5, 40, 1, 39, 40):
        assert _level(plate, frame) == pytest.approx(movie_level(frame - 1, COUNT), abs=2.0)
    plate.close()


def test_ten_bits_are_kept(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mov", 2, "prores_ks", "yuv422p10le")))
    image = plate.read(1).image
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1


def test_rate_and_time_code(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mov", 30, "libx264", "yuv420p", timecode="01:00:00:20")))
    assert plate.read(1).meta.fps == Fraction(24)
    assert plate.read(1).meta.timecode == (0x01000020, 0)
    assert plate.read(6).meta.timecode == (0x01000101, 0)


def test_a_frame_that_is_not_there(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mp4", 5)))
    for frame in (0, 6):
        with pytest.raises(MissingFrameError, match=f"no frame {frame}"):
            plate.read(frame)


def test_identity_is_the_frame_of_the_file(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mp4", 5)))
    assert plate.identity(1) == plate.identity(1) != plate.identity(2)


def test_a_movie_that_ends_early_keeps_its_first_frames(tmp_path: Path, write_movie: MovieMaker) -> None:
    path = write_movie(tmp_path / "a.mov", COUNT, "mjpeg", "yuvj420p")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    plate = open_plate(str(path))
    assert len(plate.frames) == COUNT
    assert _level(plate, 5) == pytest.approx(movie_level(4, COUNT), abs=3)
    with pytest.raises(UnreadableFrameError, match="ends early|cannot be decoded") as caught:
        plate.read(COUNT)
    assert caught.value.data["frame"] == COUNT


@pytest.mark.parametrize("content", [b"", b"no movie at all" * 50], ids=["zero bytes", "text"])
def test_what_is_no_movie_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(UnreadableFrameError, match="cannot be read as a movie"):
        open_plate(str(path))


def test_a_missing_movie(tmp_path: Path) -> None:
    with pytest.raises(MissingPlateError, match="no movie"):
        open_plate(str(tmp_path / "a.mov"))
