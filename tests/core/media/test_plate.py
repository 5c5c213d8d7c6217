"""Image sequences as plates."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import MissingFrameError, MissingPlateError, UnreadableFrameError, UsageError
from stfam.core.media.plate import fill_bad_pixels, open_plate

from .conftest import ImageWriter, gradient


@pytest.fixture
def folder(tmp_path: Path, write_image: ImageWriter) -> Path:
    folder = tmp_path / "plätes"
    folder.mkdir()
    for frame in (1001, 1002, 1004):
        write_image(folder / f"a.{frame}.exr", gradient(seed=frame), oiio.HALF)
    return folder


@pytest.mark.parametrize("spelling", ["a.####.exr", "a.%04d.exr", "a.1001-1004#.exr", "a.@@@@.exr"])
def test_frames_keep_their_numbers(folder: Path, spelling: str) -> None:
    plate = open_plate(str(folder / spelling))
    assert plate.frames == (1001, 1002, 1004)
    for frame in plate.frames:
        read = plate.read(frame)
        assert read.frame == frame
        assert np.abs(read.image - gradient(seed=frame)).max() < 2e-3


def test_a_missing_frame_is_named(folder: Path) -> None:
    plate = open_plate(str(folder / "a.####.exr"))
    with pytest.raises(MissingFrameError, match=r"Frame 1003 .*a\.1003\.exr") as caught:
        plate.read(1003)
    assert caught.value.data["frame"] == 1003
    with pytest.raises(MissingFrameError, match="1003"):
        plate.identity(1003)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.####.exr", r"no frames of .*none\.####\.exr"),
        ("a.2001-2010#.exr", r"no frames 2001-2010 of .*a\.####\.exr"),
        ("a.0005.exr", r"a\.0005\.exr is missing"),
        ("a.$F4.exr", r"a\.\$F4\.exr is missing"),
    ],
)
def test_nothing_there(folder: Path, name: str, said: str) -> None:
    with pytest.raises(MissingPlateError, match=said):
        open_plate(str(folder / name))


def test_a_folder_is_told_to_name_its_frames(folder: Path) -> None:
    with pytest.raises(MissingPlateError, match=r"is a folder\. Name its frames"):
        open_plate(str(folder))


def test_a_pattern_without_a_range_names_no_frames_and_has_one_rate(folder: Path) -> None:
    plate = open_plate(f"{folder}/a.####.exr")
    assert plate.named is None and plate.steady
    assert open_plate(f"{folder}/a.1001-1003#.exr").named == (1001, 1002, 1003)


def test_a_layer_is_named_after_a_colon(tmp_path: Path, write_image: ImageWriter) -> None:
    pixels = np.stack([np.full((4, 6), i, np.float32) for i in range(6)], 2)
    names = ("R", "G", "B", "key light.R", "key light.G", "key light.B")
    write_image(tmp_path / "a.0001.exr", pixels, names=names)
    assert tuple(open_plate(f"{tmp_path}/a.####.exr").read(1).image[0, 0]) == (0, 1, 2)
    assert tuple(open_plate(f"{tmp_path}/a.####.exr:key light").read(1).image[0, 0]) == (3, 4, 5)


def test_the_colour_space_can_be_overruled(folder: Path) -> None:
    assert open_plate(f"{folder}/a.####.exr", "lin_ap1").read(1001).meta.colorspace == "ACEScg"
    with pytest.raises(UsageError, match="'nonsense' is unknown"):
        open_plate(f"{folder}/a.####.exr", "nonsense")


def test_identity_changes_with_the_file(folder: Path) -> None:
    plate = open_plate(f"{folder}/a.####.exr")
    before = plate.identity(1001)
    assert plate.identity(1001) == before != plate.identity(1002)
    other = [open_plate(f"{folder}/a.####.exr:layer"), open_plate(f"{folder}/a.####.exr", "ACEScg")]
    assert len({before, *(read.identity(1001) for read in other)}) == 3, "read in another way"
    os.utime(folder / "a.1001.exr", ns=(1, 1))
    assert plate.identity(1001) != before


def test_a_frame_of_another_size_is_an_error(folder: Path, write_image: ImageWriter) -> None:
    write_image(folder / "a.1003.exr", gradient(12, 16), oiio.HALF)
    plate = open_plate(f"{folder}/a.####.exr")
    with pytest.raises(UnreadableFrameError, match="1003 .* is 16x12, but the others are 32x24"):
        plate.read(1003)
    assert plate.read(1004).image.shape == (24, 32, 3)


def test_a_first_frame_of_another_size_condemns_itself_alone(folder: Path, write_image: ImageWriter) -> None:
    write_image(folder / "a.1001.exr", gradient(12, 16), oiio.HALF)
    plate = open_plate(f"{folder}/a.####.exr")
    with pytest.raises(UnreadableFrameError, match="1001 .* is 16x12, but the others are 32x24"):
        plate.read(1001)
    assert plate.read(1002).image.shape == (24, 32, 3)
    assert open_plate(f"{folder}/a.1002-1003#.exr").named == (1002, 1003)  # as the sentence advises


def test_one_pixel(tmp_path: Path, write_image: ImageWriter) -> None:
    write_image(tmp_path / "a.0001.exr", np.full((1, 1, 3), 2, np.float32))
    assert (open_plate(f"{tmp_path}/a.####.exr").read(1).image == 2).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
def test_bad_pixels_are_reported_and_filled_from_around(tmp_path: Path, write_image: ImageWriter, value: float) -> None:
    pixels = np.full((24, 32, 3), 0.5, np.float32)
    pixels[7, 9, 1] = value
    pixels[20, 3] = value
    write_image(tmp_path / "a.0001.exr", pixels)
    read = open_plate(f"{tmp_path}/a.####.exr").read(1)
    assert (read.bad_pixels, read.first_bad) == (2, (9, 7))
    assert read.image == pytest.approx(0.5, abs=1e-5)


def test_a_frame_of_nothing_but_bad_pixels_is_black() -> None:
    filled, count, first = fill_bad_pixels(np.full((3, 4, 3), np.nan, np.float32))
    assert (filled == 0).all()
    assert (count, first) == (12, (0, 0))


def test_large_values_do_not_spill_into_filled_pixels() -> None:
    image = np.full((9, 9, 3), 1e4, np.float32)
    image[4, 4] = np.inf
    filled, _, _ = fill_bad_pixels(image)
    assert filled[4, 4] == pytest.approx(1e4)


def test_the_middle_of_a_large_hole_has_the_colour_of_its_nearest_rim() -> None:
    image = np.repeat(np.linspace(1, 9, 31, dtype=np.float32)[:, None, None], 21, 1).repeat(3, 2)
    expected = image.copy()
    image[:, 4:17] = np.inf
    filled, count, _ = fill_bad_pixels(image)
    assert count == 31 * 13
    assert np.abs(filled - expected).max() < 0.5
