"""Exports go to a version that is not there yet, whatever the names around it look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from stfam.core.errors import OutputError
from stfam.core.export_path import next_version, versioned_pattern


def write(pattern: str) -> None:
    path = Path(pattern.replace("####", "1001"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(
    ("pattern", "raised"),
    [
        ("sh_v001_matte/v001/sh_v001_matte.v001.####.exr", "sh_v001_matte/v002/sh_v001_matte.v002.####.exr"),
        ("v001/s_matte/v001/s_matte.v001.####.exr", "v001/s_matte/v002/s_matte.v002.####.exr"),
        ("v003/s.v001.####.exr", "v003/s.v002.####.exr"),
        ("sh_v009/m.####.exr", "sh_v010/m.####.exr"),
        ("mov0001.####.exr", "mov0001.v002.####.exr"),
        ("m_v0999.%04d.exr", "m_v1000.%04d.exr"),
        ("m_v001.%d.exr", "m_v002.%d.exr"),
        ("take#3/m_v001.mov", "take#3/m_v002.mov"),
    ],
)
def test_the_version_of_the_file_and_of_its_own_folder_is_raised(tmp_path: Path, pattern: str, raised: str) -> None:
    write(str(tmp_path / pattern.replace("%04d", "1001").replace("%d", "8")))
    assert next_version(str(tmp_path / pattern)) == (tmp_path / raised).as_posix()


@pytest.mark.parametrize("name", ["sh[1]", "a*b", "sh010_v001"])
def test_three_exports_are_three_versions_beside_the_plate(tmp_path: Path, name: str) -> None:
    plate = tmp_path / "scans" / f"{name}.####.png"
    pattern, written = versioned_pattern(None, str(plate)), []
    for _ in range(3):
        pattern = next_version(pattern)
        written.append(pattern)
        write(pattern)
    matte = f"{name}_matte"
    assert written == [(tmp_path / matte / v / f"{matte}.{v}.####.exr").as_posix() for v in ("v001", "v002", "v003")]


def test_a_shot_is_exported_beside_its_file(tmp_path: Path) -> None:
    first = versioned_pattern(tmp_path / "sh010.stfam", "/p/plate.####.exr")
    assert first == f"{tmp_path.as_posix()}/sh010_matte/v001/sh010_matte.v001.####.exr" == next_version(first)
    write(first)
    assert versioned_pattern(tmp_path / "sh010.stfam", "").endswith("v002.####.exr")


def test_a_folder_whose_versions_may_not_be_seen_is_no_first_version(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def refused(folder: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "is_dir", refused)
    with pytest.raises(OutputError, match="plate_matte cannot be looked into: Permission denied. .* Name the mattes"):
        versioned_pattern(None, str(tmp_path / "scans" / "plate.####.png"))
    with pytest.raises(OutputError, match="closed cannot be looked into: .* Name the mattes elsewhere"):
        next_version(str(tmp_path / "closed" / "m.v001.####.exr"))


def test_a_name_that_is_too_long_for_its_mattes_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="File name too long"):
        versioned_pattern(tmp_path / f"{'s' * 252}.stfam", "")
