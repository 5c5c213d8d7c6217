"""`stfam check` on plates whose data window is not their display window, and on movies."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.media.image_file import read_meta
from stfam.core.media.matte_writer import write_matte
from stfam.core.media.movie_writer import MovieWriter
from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.queue.check import check_frames


def _plate(path: Path, frame: int) -> None:
    spec = oiio.ImageSpec(96 - frame, 64, 3, oiio.HALF)
    spec.x, spec.y, spec.full_width, spec.full_height = 4, 6, 110, 80
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec)
    assert output.write_image(np.zeros((spec.height, spec.width, 3), np.float32))
    assert output.close()


@pytest.mark.parametrize("suffix", ["exr", "png", "tif"])
def test_mattes_of_a_plate_with_windows_are_of_the_right_size(tmp_path: Path, suffix: str) -> None:
    for frame in (1, 2):
        _plate(tmp_path / f"p.{frame}.exr", frame)
        meta = read_meta(tmp_path / f"p.{frame}.exr")
        write_matte(tmp_path / f"m.{frame}.{suffix}", np.zeros(meta.size, np.float32), meta)
    shot = Shot(str(tmp_path / "p.%d.exr"), Output(str(tmp_path / f"m.%d.{suffix}")), (Keyframe(1, "key.png"),))
    assert [checked.fault for checked in check_frames(shot, (1, 2))] == [None, None]
    small = oiio.ImageBuf(np.zeros((64, 90, 4), np.float32))
    assert small.write(str(tmp_path / f"m.2.{suffix}"))
    (checked,) = check_frames(shot, (2,))
    assert "90x64" in (checked.fault or "")


def _movie(path: Path, size: tuple[int, int], frames: int) -> None:
    with MovieWriter(path, size, Fraction(24)) as movie:
        for _ in range(frames):
            movie.write(np.zeros((*size, 4), np.uint16))


def test_a_movie_of_mattes_is_there_whole_and_of_the_plates_size(tmp_path: Path) -> None:
    for frame in (1, 2, 3):
        image = oiio.ImageBuf(np.zeros((33, 47, 3), np.float32))
        assert image.write(str(tmp_path / f"p.{frame}.png"))
    matte = tmp_path / "m.mov"
    shot = Shot(str(tmp_path / "p.%d.png"), Output(str(matte)), (Keyframe(1, "key.png"),))
    assert all(checked.fault for checked in check_frames(shot, (1, 2, 3)))
    _movie(matte, (33, 47), frames=2)
    whole, also, missing = (checked.fault for checked in check_frames(shot, (1, 2, 3)))
    assert whole is None and also is None and "ends before frame 3" in (missing or "")
    assert [checked.fault for checked in check_frames(replace(shot, frames="2-3"), (2, 3))] == [None, None]
    _movie(matte, (32, 46), frames=3)
    assert all("46x32, the plate 47x33" in (checked.fault or "") for checked in check_frames(shot, (1, 2, 3)))
