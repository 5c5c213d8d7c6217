from __future__ import annotations

import pytest

from stfam.plugin.frame_path import exists, frame_path, frames_on_disk, matte_files


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("a/m.####.exr", "a/m.0007.exr"),
        ("a/m.#.exr", "a/m.0007.exr"),
        ("m.######.exr", "m.000007.exr"),
        ("m_%03d.png", "m_007.png"),
        ("m%d.png", "m7.png"),
        ("m.mov", "m.mov"),
        ("take#3/m.mov", "take#3/m.mov"),
        ("take#3.mov", "take#3.mov"),
        ("take#3/m.####.exr", "take#3/m.0007.exr"),
        ("m.@@@.exr", "m.007.exr"),
    ],
)
def test_a_pattern_names_a_frame_s_file(pattern, file):
    assert frame_path(pattern, 7) == file


def test_frames_are_found_beside_other_files(tmp_path):
    for name in ("a.1001.exr", "a.1003.exr", "a.b.1002.exr", "a.1004.exr.part"):
        (tmp_path / name).touch()
    assert frames_on_disk(f"{tmp_path}/a.####.exr") == (1001, 1003)
    assert exists(f"{tmp_path}/a.%04d.exr") and not exists(f"{tmp_path}/c.####.exr")


def test_padding_tells_sequences_apart(tmp_path):
    for name in ("a.8.exr", "a.0008.exr", "a.0009.exr", "a.10010.exr"):
        (tmp_path / name).touch()
    assert frames_on_disk(f"{tmp_path}/a.####.exr") == (8, 9, 10010)
    assert frames_on_disk(f"{tmp_path}/a.%d.exr") == (8, 10010)


def test_a_movie_is_there_or_not(tmp_path):
    (tmp_path / "m.mov").touch()
    assert exists(f"{tmp_path}/m.mov") and not exists(f"{tmp_path}/n.mov") and frames_on_disk(f"{tmp_path}/m.mov") == ()


def test_what_cannot_be_looked_at_is_not_there(tmp_path):
    strange = f"{tmp_path}/{'n' * 300}"
    assert not exists(f"{strange}/m.mov") and not exists(f"{strange}/m.####.exr")
    assert not matte_files(f"{strange}/m.####.exr", [1])
