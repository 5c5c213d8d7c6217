"""The example scripts of the documentation run as they are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def test_a_folder_of_shots_is_matted(make_shot_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("STFAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder = make_shot_folder(count=2)
    shot, broken = tmp_path / "shots" / "sh010", tmp_path / "shots" / "sh020"
    for target in (shot, broken):
        target.mkdir(parents=True)
    for frame in folder.frames:
        shutil.copyfile(folder.plate_file(frame), shot / f"plate.{frame}.exr")
    shutil.copyfile(folder.trimap_file(1001), shot / "key.1001.png")
    command = [sys.executable, str(EXAMPLES / "matte_a_folder.py"), str(tmp_path / "shots")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 6 and "sh010: 2 frames" in done.stdout
    assert "ERROR: sh020:" in done.stderr and "Traceback" not in done.stderr
    assert sorted(path.name for path in (shot / "matte").iterdir()) == ["matte.1001.exr", "matte.1002.exr"]
    assert (shot / "sh010.stfam").is_file()
