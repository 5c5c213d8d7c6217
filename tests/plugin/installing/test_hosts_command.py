"""`stfam hosts` for Nuke, and what it says where there is no host."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from stfam.core.worker.environment import worker_command
from stfam.plugin.cli import main


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("STFAM_ENV", sys.prefix)
    (tmp_path / "bin").mkdir()
    return tmp_path


@pytest.fixture
def programs(home):
    """A Nuke 16.0 and an old one on PATH."""
    for name in ("Nuke16.0", "Nuke13.2"):
        path = home / "bin" / name
        path.write_text("#!/bin/sh\nexit 1\n")
        path.chmod(0o755)


def test_nuke_is_named_in_init_py_once_and_taken_out_again(home, programs, capsys):
    startup = home / ".nuke" / "init.py"
    startup.parent.mkdir()
    startup.write_text("import os\nprint('mine')\n", "utf-8")
    for _ in range(2):
        assert main(["hosts", "install", "nuke", "--yes"]) == 0
    lines = startup.read_text("utf-8").splitlines()
    assert lines[:2] == ["import os", "print('mine')"]
    assert lines[2:] == [f"import nuke; nuke.pluginAddPath('{home}/data/stfam/nuke')  # stfam"]
    assert (home / "data" / "stfam" / "nuke" / "menu.py").is_file()
    assert main(["hosts", "remove", "nuke"]) == 0
    assert "stfam" not in startup.read_text("utf-8") and not (home / "data" / "stfam" / "nuke").exists()


def test_a_folder_on_path_that_cannot_be_looked_into_is_passed_over(home, programs, monkeypatch, capsys):
    monkeypatch.setenv("PATH", os.pathsep.join([str(home / ("n" * 300)), str(home / "bin")]))
    assert main(["hosts", "list"]) == 0
    assert "Nuke 16.0" in capsys.readouterr().out


@pytest.mark.parametrize("half", ["", "folder", "line"])
def test_the_plug_in_is_taken_out_where_no_nuke_is_found(home, capsys, half):
    folder, startup = home / "data" / "stfam" / "nuke", home / ".nuke" / "init.py"
    assert main(["hosts", "install", "nuke", "--yes"]) == 0
    if half == "folder":
        startup.unlink()
    elif half == "line":
        shutil.rmtree(folder)
    capsys.readouterr()
    assert main(["hosts", "remove"]) == 0
    assert capsys.readouterr().out == "Nuke: the plug-in is removed.\n"
    assert not folder.exists() and (half == "folder" or startup.read_text() == "")
    assert main(["hosts", "remove"]) == 2 and "No Blender or Nuke was found" in capsys.readouterr().err


@pytest.mark.parametrize(
    "mine",
    [
        b'"""Mine."""\nfrom __future__ import annotations\nimport os\n',
        b"# -*- coding: latin-1 -*-\nARTIST = 'Andr\xe9'\n",
        b"import os\r\nprint('mine')\r\n",
        b"import os\nprint('mine')",
    ],
    ids=["future", "latin-1", "windows", "no last line end"],
)
def test_whatever_stands_in_init_py_goes_on_working(home, programs, capsys, mine):
    startup = home / ".nuke" / "init.py"
    startup.parent.mkdir()
    startup.write_bytes(mine)
    assert main(["hosts", "install", "nuke", "--yes"]) == 0
    added = startup.read_bytes()
    compile(added, "init.py", "exec")
    assert added.startswith(mine) and added.count(b"# stfam") == 1
    assert main(["hosts", "list"]) == 0 and "Nuke plug-in: installed" in capsys.readouterr().out
    assert main(["hosts", "remove", "nuke"]) == 0
    assert startup.read_bytes() in (mine, mine + b"\n")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_linked_init_py_stays_a_link(home, programs):
    kept, startup = home / "settings.py", home / ".nuke" / "init.py"
    kept.write_text("import os\n")
    startup.parent.mkdir()
    startup.symlink_to(kept)
    assert main(["hosts", "install", "nuke", "--yes"]) == 0
    assert startup.is_symlink() and "# stfam" in kept.read_text()


def test_without_a_worker_nothing_is_written(home, programs, monkeypatch, capsys):
    monkeypatch.delenv("STFAM_ENV")
    monkeypatch.setattr("sys.executable", str(home / "python3"))
    assert main(["hosts", "install", "nuke", "--yes"]) == 3
    assert "No stfam environment was found" in capsys.readouterr().err and not (home / ".nuke").exists()


def test_a_host_with_another_path_finds_what_was_installed(home, programs, monkeypatch):
    assert main(["hosts", "install", "nuke", "--yes"]) == 0
    monkeypatch.delenv("STFAM_ENV")
    monkeypatch.setattr("sys.executable", str(home / "Nuke16.0"))
    assert worker_command() == [str(Path(sys.prefix) / "bin" / "stfam"), "worker"]


def test_without_anyone_to_ask_the_line_is_printed(home, programs, capsys):
    assert main(["hosts", "install", "nuke"]) == 0
    assert "nuke.pluginAddPath(" in capsys.readouterr().out and not (home / ".nuke").exists()


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False), ("", False)], ids=["yes", "no", "none"])
def test_the_line_is_written_after_asking(home, programs, monkeypatch, capsys, answer, written):
    typed = io.StringIO(answer)
    typed.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", typed)
    assert main(["hosts", "install", "nuke"]) == 0
    assert "Add this line to" in capsys.readouterr().out and (home / ".nuke" / "init.py").exists() is written


def test_the_list_says_what_is_too_old(programs, capsys):
    assert main(["hosts", "list"]) == 0
    said = capsys.readouterr().out
    assert "Nuke 16.0" in said and "Nuke 13.2" in said and said.count("too old") == 1
    assert main(["hosts", "list", "--json"]) == 0
    assert {tuple(host["version"]) for host in json.loads(capsys.readouterr().out)} == {(16, 0), (13, 2)}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_blender_that_prints_bytes_that_are_no_text_says_its_version(home, capsys):
    path = home / "bin" / "blender"
    path.write_text("#!/bin/sh\nprintf 'Blender 4.2.1\\n\\377\\n'\n")
    path.chmod(0o755)
    assert main(["hosts", "list"]) == 0
    assert "Blender 4.2" in capsys.readouterr().out


def test_a_link_to_nuke_is_of_nuke_s_version(home, programs, capsys):
    (home / "bin" / "nuke").symlink_to(home / "bin" / "Nuke16.0")
    (home / "bin" / "Nuke13.2").unlink()
    assert main(["hosts", "list"]) == 0
    said = capsys.readouterr().out
    assert "Nuke 16.0" in said and "too old" not in said


@pytest.mark.parametrize("arguments", [["zip", "full/zips"], ["install", "nuke", "--yes"]], ids=" ".join)
def test_what_cannot_be_written_is_a_sentence(home, monkeypatch, capsys, arguments):
    (home / "full").touch()
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "full"))
    assert main(["hosts", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ERROR: ") and "cannot be written: Not a directory." in said


def test_no_host_is_a_sentence(capsys):
    assert main(["hosts", "list"]) == 0
    assert "No Blender or Nuke was found" in capsys.readouterr().out
    assert main(["hosts", "install"]) == 2
    assert "--program" in capsys.readouterr().err


def test_a_file_for_each_host(home):
    assert main(["hosts", "zip", str(home / "out")]) == 0
    assert sorted(path.name for path in (home / "out").iterdir()) == ["stfam-0.1.0.zip", "stfam-nuke.zip"]


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as end:
        main(["hosts", "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("list", "install", "remove", "zip"))
