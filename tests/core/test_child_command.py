"""Starting a module of this program from any folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

from stfam.core.child_command import child_command


def test_files_of_the_current_folder_are_not_taken_for_pythons(tmp_path: Path) -> None:
    for name in ("argparse", "json", "random", "runpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not me')\n")
    command = child_command("stfam.plugin.cli", "info", "no such thing")
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert "no such thing" in ran.stderr and "not me" not in ran.stderr
    assert ran.returncode == 2


def test_modules_are_started_in_no_other_way() -> None:
    root = Path(__file__).parents[2]
    files = [file for room in ("core", "plugin", "ui") for file in (root / room).rglob("*.py")]
    assert files and not [file for file in files if '"-m", "stfam.' in file.read_text("utf-8")]
