"""Memory of a whole render in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.render import render
from stfam.core.shot import Output, Settings, Shot

if sys.platform != "linux":
    pytest.skip("peak memory is read from the kernel's accounting", allow_module_level=True)

_RUN = """
import ctypes, sys
# Without huge pages, with which memory grows by as much as they happen to hold.
assert ctypes.CDLL(None).prctl(41, 1, 0, 0, 0) == 0
from stfam.core.render import render
from stfam.core.shot import Keyframe, Output, Settings, Shot
plate, key, out, frames = sys.argv[1:]
shot = Shot(plate, Output(out), (Keyframe(1001, key),), settings=Settings(device="cpu"))
render(shot, frames=frames)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def peak_kilobytes(folder, frames: str) -> int:
    out = str(folder.folder / frames / "m.####.exr")
    arguments = [folder.plate, str(folder.trimap_file(1001)), out, frames]
    done = subprocess.run([sys.executable, "-c", _RUN, *arguments], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_peak_memory_does_not_grow_with_the_clip(make_shot_folder):
    """The heap's layout varies by a tenth: this finds what grows by more than 2.5 MB a frame."""
    folder = make_shot_folder(75, (240, 320))
    short, long = peak_kilobytes(folder, "1001-1015"), peak_kilobytes(folder, "1001-1075")
    assert long < 1.15 * short


def test_a_frame_of_8192x4320_with_little_unknown(tmp_path):
    plate = np.zeros((4320, 8192, 3), np.float16)
    plate[:, 4000:] = 0.5
    trimap = np.zeros((4320, 8192, 1), np.uint8)
    trimap[:, 4000:] = 255
    trimap[2000:2100, 3950:4050] = 128
    for pixels, name in ((plate, "p.0001.exr"), (trimap, "t.0001.png")):
        assert oiio.ImageBuf(pixels).write(str(tmp_path / name))
    shot = Shot(
        str(tmp_path / "p.####.exr"),
        Output(str(tmp_path / "m.####.exr")),
        keys_pattern=str(tmp_path / "t.####.png"),
        settings=Settings(device="cpu"),
    )
    assert render(shot, step="matte").rendered == (1,)
    spec = oiio.ImageInput.open(str(tmp_path / "m.0001.exr")).spec()
    assert (spec.width, spec.height) == (8192, 4320)
