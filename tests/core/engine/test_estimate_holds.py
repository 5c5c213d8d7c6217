"""What a run says that it will need is what it takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from stfam.core.performance.scene import Scene
from stfam.core.performance.suite import _shot_on_disk

RENDER = """
import sys
from stfam.plugin.cli import main
assert main(["render", sys.argv[1]]) == 0
print("peak", int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory has other units elsewhere")
@pytest.mark.parametrize(("size", "unknown"), [((1024, 576), 0.1), ((1920, 1080), 0.3)], ids=str)
def test_the_estimate_is_within_15_percent(tmp_path, size, unknown):
    shot = _shot_on_disk(Scene(*size, unknown), tmp_path, "zip", 7)
    shot.save(tmp_path / "shot.stfam")
    command = [sys.executable, "-c", RENDER, str(tmp_path / "shot.stfam")]
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    said = re.search(r"About ([\d.]+) GiB", done.stdout + done.stderr)
    took = re.search(r"peak (\d+)", done.stdout)
    assert said is not None and took is not None
    assert float(said[1]) * 2**30 == pytest.approx(int(took[1]), rel=0.15)
