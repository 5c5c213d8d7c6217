"""`stfam check` on plates whose data window is not their display window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.media.image_file import read_meta
from stfam.core.media.matte_writer import write_matte
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
