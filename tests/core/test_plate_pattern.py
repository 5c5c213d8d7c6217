"""From a file or folder that was dropped to its plate."""

from __future__ import annotations

from pathlib import Path

import pytest

from stfam.core.plate_pattern import plate_pattern


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("a.1001.exr", "a.####.exr"),
        ("b_0007.png", "b_####.png"),
        ("clip2.mov", "clip2.mov"),
        ("a.####.exr", "a.####.exr"),
        ("a.-003.exr", "a.####.exr"),
        ("a.-3.exr", "a.%d.exr"),
        ("a_-3.exr", "a_-%d.exr"),
    ],
)
def test_a_dropped_file_stands_for_its_plate(tmp_path: Path, name: str, pattern: str) -> None:
    assert plate_pattern(tmp_path / name) == str(tmp_path / pattern)


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["p.8.exr"], "p.%d.exr"),
        (["p.8.exr", "p.10.exr"], "p.%d.exr"),
        (["p.10.exr", "p.8.exr"], "p.%d.exr"),
        (["p.10.exr", "p.11.exr"], "p.##.exr"),
        (["p.1001.exr", "p.8.exr", "p.0998.exr"], "p.####.exr"),
        (["p.1001.exr", "p.099.exr"], "p.####.exr"),
        (["p.0010.exr", "p.8.exr"], "p.####.exr"),
    ],
    ids=["one digit", "longer beside", "shorter beside", "all alike", "zeros beside", "other padding", "own zeros"],
)
def test_numbers_without_leading_zeros_are_told_by_their_neighbours(
    tmp_path: Path, names: list[str], pattern: str
) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert plate_pattern(tmp_path / names[0]) == str(tmp_path / pattern)


def test_a_dropped_folder_stands_for_its_first_sequence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "x.0001.exr").touch()
    assert plate_pattern(tmp_path) == str(tmp_path / "x.####.exr")
