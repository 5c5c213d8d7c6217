"""The example script of the documentation runs as it is."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

from stfam.plugin.shot_job import JobResult

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
    missing = run(comp, "plate", "nope", 1001, tmp_path / "m" / "m.####.exr")
    assert missing.returncode == 3 and missing.stderr.startswith("ERROR: There is no mask")


def test_a_file_that_cannot_be_saved_is_said(blender, tmp_path, monkeypatch, capsys):
    from stfam.plugin.blender_host import api

    for name in ("open_plate", "add_key", "import_result"):
        monkeypatch.setattr(api, name, lambda *arguments, **options: None)
    monkeypatch.setattr(api, "matte", lambda: JobResult(0, {}))
    blender.ops.wm.save_as_mainfile(filepath=str(tmp_path / "comp.blend"))
    (tmp_path / "comp.blend@").mkdir()  # in the way of what Blender writes before it replaces the file
    assert runpy.run_path(str(SCRIPT))["main"]("plate", "roto", "1001", "m.####.exr") == 3
    assert capsys.readouterr().err.startswith("ERROR: Error: Cannot open file")
