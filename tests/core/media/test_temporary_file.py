"""What killed runs left goes; what is still being written stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stfam.core.media.temporary_file import STILL_WRITTEN, remove_abandoned, temporary_path

NAME = "m.0001.exr"
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="the age alone decides there")


def leave(folder: Path, process: object, age: float = 0.0, machine: str | None = None) -> Path:
    """A temporary file of a process, of this machine or of another."""
    own = temporary_path(folder / NAME).name
    here = own.split(".")[1].removeprefix("stfam-")
    path = folder / own.replace(str(os.getpid()), str(process)).replace(here, here if machine is None else machine)
    path.write_bytes(b"half")
    os.utime(path, (time.time() - age,) * 2)
    return path


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


@needs_posix
def test_what_a_living_process_writes_stays_until_it_ends(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        left = leave(tmp_path, other.pid, age=2 * STILL_WRITTEN)
        remove_abandoned(tmp_path, [NAME])
        assert left.exists()
        other.communicate(b"\n")
    remove_abandoned(tmp_path, [NAME])
    assert not left.exists()


@needs_posix
def test_a_process_of_another_user_lives(tmp_path, monkeypatch):
    def refuse(process: int, signal: int) -> None:
        assert (process, signal) == (4321, 0)
        raise PermissionError

    left = leave(tmp_path, 4321)
    monkeypatch.setattr(os, "kill", refuse)
    remove_abandoned(tmp_path, [NAME])
    assert left.exists()


@needs_posix
@pytest.mark.parametrize("process", [None, 0, 10**30], ids=["ended", "zero", "huge"])
def test_what_an_ended_process_of_this_machine_left_goes_at_once(tmp_path, process):
    left = leave(tmp_path, ended_process() if process is None else process)
    remove_abandoned(tmp_path, ["other.0001.exr"])
    assert left.exists()
    remove_abandoned(tmp_path, [NAME])
    assert not left.exists()


@pytest.mark.parametrize("age", [0, STILL_WRITTEN - 60, -60], ids=["now", "minutes", "a clock that is ahead"])
def test_what_another_machine_may_be_writing_stays(tmp_path, age):
    left = leave(tmp_path, os.getpid(), age, machine="farm7")
    remove_abandoned(tmp_path, [NAME])
    assert left.exists()


def test_what_another_machine_left_goes_when_it_is_old(tmp_path):
    left = leave(tmp_path, os.getpid(), STILL_WRITTEN + 60, machine="farm7")
    remove_abandoned(tmp_path, [NAME])
    assert not left.exists()


def test_what_may_not_be_removed_stays(tmp_path):
    left = leave(tmp_path, 0, 2 * STILL_WRITTEN)
    left.unlink()
    left.mkdir()  # which `unlink` refuses, as it does another user's file in /tmp
    os.utime(left, (time.time() - 2 * STILL_WRITTEN,) * 2)
    remove_abandoned(tmp_path, [NAME])
    assert left.is_dir()


def test_files_that_are_no_temporary_ones_stay(tmp_path):
    other = tmp_path / f".stfam-notes-{NAME}"
    other.write_bytes(b"")
    os.utime(other, (time.time() - 2 * STILL_WRITTEN,) * 2)
    remove_abandoned(tmp_path, [NAME])
    assert other.exists()
