"""`stfam hosts` on a Blender: found, installed, reaching the worker, removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def program(tmp_path):
    """A program named `blender` on PATH, with its own preferences."""
    path = tmp_path / "bin" / "blender"
    path.parent.mkdir()
    script = Path(__file__).with_name("blender_program.py")
    path.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec "{sys.executable}" "{script}" "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def stfam(tmp_path, program):
    """A function that runs `stfam hosts` with a home of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "PATH": f"{program.parent}:/usr/bin:/bin",
            "BLENDER_USER_RESOURCES": str(tmp_path / "bres"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
        }
        command = [str(Path(environment.pop("STFAM_ENV")) / "bin" / "stfam"), "hosts", *arguments]
        environment.pop("PYTHONPATH")
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    return run


def test_a_blender_is_found_served_and_left(stfam, program, tmp_path):
    assert str(program) in stfam("list").stdout
    installed = stfam("install", "blender")
    assert installed.returncode == 0 and "reaches the worker" in installed.stdout, installed.stderr
    folder = tmp_path / "bres" / "extensions" / "user_default" / "stfam"
    assert (folder / "blender_manifest.toml").is_file()
    removed = stfam("remove", "blender")
    assert removed.returncode == 0 and "removed" in removed.stdout, removed.stderr
    assert not folder.exists()


def test_a_blender_that_refuses_is_an_error_with_its_reason(stfam, tmp_path):
    broken = tmp_path / "blender-old"
    says = '[ "$1" = --version ] && echo Blender 4.2.0 && exit 0\necho Error: no space left; exit 1\n'
    broken.write_text(f"#!/bin/sh\n{says}")
    broken.chmod(0o755)
    done = stfam("install", "blender", "--program", str(broken))
    assert done.returncode == 3 and "ERROR:" in done.stderr and "no space left" in done.stderr


def test_a_blender_that_is_too_old_is_refused(stfam, tmp_path):
    old = tmp_path / "blender-old"
    old.write_text("#!/bin/sh\necho Blender 3.6.1\n")
    old.chmod(0o755)
    done = stfam("install", "blender", "--program", str(old))
    assert done.returncode == 2 and "Blender 4.2" in done.stderr
