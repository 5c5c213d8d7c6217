"""Memory of a whole render in a process of its own."""

from __future__ import annotations

import ctypes
import os
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
import ctypes, os, sys, threading, time
libc = ctypes.CDLL(None)
# Without huge pages, with which memory grows by as much as they happen to hold.
assert libc.prctl(41, 1, 0, 0, 0) == 0
from stfam.core.job_events import FrameDone
from stfam.core.render import render
from stfam.core.shot import Keyframe, Output, Settings, Shot

COUNTS = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
class Heap(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in COUNTS]
libc.mallinfo2.restype = Heap

def in_use():
    heap = libc.mallinfo2()
    return heap.uordblks + heap.hblkhd

def others_sleep():
    for task in set(os.listdir("/proc/self/task")) - {str(threading.get_native_id())}:
        try:
            with open(f"/proc/self/task/{task}/stat") as file:
                state = file.read().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "S":
            return False
    return True

def at_rest():
    # The other threads fill what is bounded, and wait: fifty looks in which they sleep, and nothing is taken or given
    # back. One that a busy machine keeps waiting does not sleep.
    looks, seen = 0, in_use()
    while looks < 50:
        time.sleep(0.01)
        now = in_use()
        looks, seen = looks + 1 if now == seen and others_sleep() else 0, now
    return seen

def report(event):
    if isinstance(event, FrameDone):
        used = at_rest() if event.index in (24, 44) else in_use()
        peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
        print(event.index, used, int(peak) * 1024, flush=True)

plate, key, out = sys.argv[1:]
shot = Shot(plate, Output(out), (Keyframe(1001, key),), settings=Settings(device="cpu"))
render(shot, on_event=report)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="the heap is glibc's to describe")
@pytest.mark.parametrize("threads", [1, 2], ids=["one at a time", "side by side"])
def test_memory_does_not_grow_with_the_clip(make_shot_folder, threads):
    """Twenty frames may not leave one picture behind; the heap around what is in use settles with its layout."""
    folder = make_shot_folder(60, (240, 320))
    arguments = [folder.plate, str(folder.trimap_file(1001)), str(folder.folder / "m.####.exr")]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", _RUN, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    indices, in_use, peak = np.array([line.split() for line in done.stdout.splitlines()], dtype=np.int64).T
    assert indices.tolist() == list(range(1, 61))
    # What is kept of a few frames is there after twenty; the last frames' windows are shorter.
    assert in_use[43] - in_use[23] < 240 * 320 * 3 * 2
    assert peak[-1] < 1.1 * peak[14]


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
