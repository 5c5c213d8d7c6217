"""The example script of the documentation runs as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "docs" / "examples" / "blender_matte.py"

STARTER = """
import runpy, sys, bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
sys.argv = [sys.argv[2], "--", *sys.argv[3:]]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(comp, *arguments):
    command = [sys.executable, "-c", STARTER, str(comp), str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def test_a_comp_is_matted_without_a_window(blender, sequence, roto, tmp_path, matted):
    sequence.use_fake_user = roto.use_fake_user = True
    comp = tmp_path / "comp.blend"
    blender.ops.wm.save_as_mainfile(filepath=str(comp))
    done = run(comp, "plate", "roto", 1001, tmp_path / "m" / "m.####.exr")
    assert done.returncode == 0, done.stderr
    assert "5 frames" in done.stdout and len(list((tmp_path / "m").iterdir())) == 5
    blender.ops.wm.open_mainfile(filepath=str(comp))
    assert "stfam plate" in blender.data.node_groups
    (tmp_path / "comp.blend@").mkdir()  # in the way of what Blender writes before it replaces the file
    unsaved = run(comp, "plate", "roto", 1001, tmp_path / "m" / "m.####.exr")
    assert unsaved.returncode == 3 and "ERROR: Error: Cannot open file" in unsaved.stderr, unsaved.stderr
    missing = run(comp, "plate", "nope", 1001, tmp_path / "m" / "m.####.exr")
    assert missing.returncode == 3 and missing.stderr.startswith("ERROR: There is no mask")
