"""Spellings of numbered files."""

from __future__ import annotations

from pathlib import Path

import pytest

from stfam.core.errors import InputError, UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.media.pattern import FramePattern


@pytest.mark.parametrize(
    ("spelling", "frame", "name"),
    [
        ("a.####.exr", 7, "a.0007.exr"),
        ("a.#.exr", 7, "a.0007.exr"),
        ("a.##.exr", 7, "a.07.exr"),
        ("a.@@@@@.exr", 7, "a.00007.exr"),
        ("a.%04d.exr", 7, "a.0007.exr"),
        ("a.%d.exr", 7, "a.7.exr"),
        ("a.1001-1100#.exr", 1005, "a.1005.exr"),
        ("a_v002.####.exr", 1005, "a_v002.1005.exr"),
        ("a####.png", 12, "a0012.png"),
        ("a.####.exr", 123456, "a.123456.exr"),
        ("a.####.exr", -3, "a.-003.exr"),
        ("mätte β.####.exr", 1, "mätte β.0001.exr"),
    ],
)
def test_path_of_a_frame(spelling: str, frame: int, name: str) -> None:
    assert FramePattern.parse(f"/shots/sh#10/{spelling}").path(frame) == Path(f"/shots/sh#10/{name}")


@pytest.mark.parametrize(
    "name", ["sh####/a.exr", "a.%0999999999d.exr", f"a.%{'9' * 5000}d.exr"], ids=["folder", "wide", "endless"]
)
def test_no_place_for_the_number_is_an_error(name: str) -> None:
    with pytest.raises(UsageError, match="no place for the frame number"):
        FramePattern.parse(f"/shots/{name}")


@pytest.mark.parametrize("folder", ["plain", "with [brackets]", "földer 日本", "1-10"], ids=str)
@pytest.mark.parametrize("stem", ["a.", "shot-010_v2,3.", "b[1].", "50%.", "ü_"], ids=str)
@pytest.mark.parametrize("place", ["####", "%04d", "1001-1100#", "#"], ids=str)
def test_existing_frames_are_found(tmp_path: Path, folder: str, stem: str, place: str) -> None:
    (tmp_path / folder).mkdir()
    for number in (1001, 1002, 1004, 2000):
        (tmp_path / folder / f"{stem}{number}.exr").touch()
    (tmp_path / folder / f"{stem}1003.exr.part").touch()
    (tmp_path / folder / "other.1005.exr").touch()
    expected = (1001, 1002, 1004) if "-" in place else (1001, 1002, 1004, 2000)
    assert FramePattern.parse(f"{tmp_path / folder}/{stem}{place}.exr").existing() == expected


def test_padding_tells_sequences_apart(tmp_path: Path) -> None:
    for name in ("a.001.exr", "a.0002.exr", "a.10003.exr"):
        (tmp_path / name).touch()
    assert FramePattern.parse(f"{tmp_path}/a.####.exr").existing() == (2, 10003)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["p.8.exr", "p.9.exr", "p.10.exr"], (8, 9, 10)),
        (["p.998.exr", "p.999.exr", "p.1000.exr"], (998, 999, 1000)),
        (["p.0008.exr", "p.0009.exr", "p.7.exr"], (8, 9)),
        (["p.0008.exr", "p.7.exr"], (8,)),
        (["p.1001.exr", "p.1002.exr"], (1001, 1002)),
        ([], ()),
    ],
    ids=["unpadded", "unpadded past 999", "padded", "as many", "four digits", "none"],
)
def test_a_single_number_sign_also_finds_what_has_no_leading_zeros(
    tmp_path: Path, names: list[str], expected: tuple[int, ...]
) -> None:
    for name in names:
        (tmp_path / name).touch()
    pattern = FramePattern.of_existing(f"{tmp_path}/p.#.exr")
    assert pattern.existing() == expected
    assert all(pattern.path(frame).is_file() for frame in expected)


def test_several_number_signs_find_leading_zeros_alone(tmp_path: Path) -> None:
    for name in ("p.8.exr", "p.9.exr", "p.0010.exr"):
        (tmp_path / name).touch()
    assert FramePattern.of_existing(f"{tmp_path}/p.####.exr").existing() == (10,)
    assert FramePattern.of_existing(f"{tmp_path}/p.%d.exr").existing() == (8, 9)


def test_a_name_may_end_with_its_number(tmp_path: Path) -> None:
    (tmp_path / "p.0007").touch()
    pattern = FramePattern.parse(f"{tmp_path}/p.####")
    assert pattern.existing() == (7,) and pattern.path(7) == tmp_path / "p.0007"


@pytest.mark.parametrize("place", ["####", "%d", "######"])
def test_a_pattern_reads_its_own_words(place: str) -> None:
    pattern = FramePattern.parse(f"/a/p.{place}.exr")
    assert FramePattern.parse(str(pattern)) == pattern and str(pattern) == f"/a/p.{place}.exr"


@pytest.mark.parametrize("path", ["/take#3/a.mov", "/a/take#3.mov", "/a/take_%04d.MP4"])
def test_a_movie_is_no_pattern(path: str) -> None:
    assert not FramePattern.matches(path)


def test_a_folder_that_is_not_there_has_no_frames(tmp_path: Path) -> None:
    assert FramePattern.parse(f"{tmp_path}/none/a.####.exr").existing() == ()


@pytest.mark.parametrize(
    ("names", "frame"),
    [(("a.1002.exr", "a.1001.exr"), 1002), (("a.-002.exr", "a.0002.exr"), -2), (("a-2.exr", "a-1.exr"), 2)],
    ids=["plain", "negative", "hyphen"],
)
def test_one_file_of_a_sequence_is_that_frame_alone(tmp_path: Path, names: tuple[str, str], frame: int) -> None:
    for name in names:
        (tmp_path / name).touch()
    pattern = FramePattern.of_file(f"{tmp_path}/{names[0]}")
    assert pattern.existing() == (frame,)
    assert pattern.path(frame) == tmp_path / names[0]


def test_a_file_without_a_number_is_frame_1_where_it_is_there(tmp_path: Path) -> None:
    pattern = FramePattern.of_file(f"{tmp_path}/still.exr")
    assert pattern.existing() == () and pattern.range == FrameRange((1,))
    (tmp_path / "still.exr").touch()
    assert pattern.existing() == (1,) and pattern.path(1) == tmp_path / "still.exr"


def test_a_folder_that_cannot_be_listed_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        FramePattern.parse(str(tmp_path / ("a" * 300) / "m.####.exr")).existing()
    assert FramePattern.parse(str(tmp_path / "none" / "m.####.exr")).existing() == ()
