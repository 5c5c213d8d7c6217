"""The node's buttons, the terminal script, and what Nuke runs at its start."""

from __future__ import annotations

import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

STARTUP = Path(__file__).resolve().parents[3] / "plugin" / "nuke_host" / "startup"


@pytest.fixture(autouse=True)
def surroundings(tmp_path, monkeypatch):
    monkeypatch.setenv("STFAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture
def node(script, tmp_path):
    made = script[0]
    made["stfam_keys"].setValue("1001")
    made["stfam_range"].setValue("1001-1002")
    made["stfam_output"].setValue(f"{tmp_path}/m/m.v001.####.exr")
    return made


def test_run_reads_the_mattes_into_rgba_alpha(nuke, node, tmp_path):
    node["stfam_run"].execute()
    read, copy = node.node("Matte"), node.node("CopyMatte")
    assert read["file"].value() == f"{tmp_path.as_posix()}/m/m.v001.%04d.exr" and read["raw"].value() is True
    assert [read[knob].value() for knob in ("first", "last", "origfirst", "origlast")] == [1001, 1002, 1001, 1002]
    assert (copy["from0"].value(), copy["to0"].value()) == ("rgba.alpha", "rgba.alpha")
    assert (copy.input(0).name(), copy.input(1).name()) == ("Plate", "Matte") and copy["disable"].value() is False
    assert node["stfam_status"].value() == "stfam1 reads the mattes of frames 1001-1002."
    assert len(list((tmp_path / "m").iterdir())) == 2


def test_a_read_that_starts_elsewhere_keeps_its_offset(nuke, node, script):
    script[1]["frame_mode"].setValue("start at")
    script[1]["frame"].setValue("1")
    node["stfam_run"].execute()
    read = node.node("Matte")
    assert (read["frame_mode"].value(), read["frame"].value()) == ("offset", "1000")


def test_version_up_and_clear(nuke, node, tmp_path):
    node["stfam_matte"].execute()
    node["stfam_version_up"].execute()
    assert node["stfam_output"].value() == f"{tmp_path}/m/m.v002.####.exr"
    node["stfam_clear"].execute()
    assert node.node("CopyMatte")["disable"].value() is True and node["stfam_shot"].value() == ""
    assert len(list((tmp_path / "m").iterdir())) == 2


def test_in_a_window_nuke_goes_on(nuke, node, tmp_path):
    nuke.GUI = True
    started = time.monotonic()
    node["stfam_run"].execute()
    assert node.node("Matte")["file"].value() == ""
    while "reads the mattes" not in str(node["stfam_status"].value()):
        assert time.monotonic() < started + 120
        time.sleep(0.05)


def test_what_is_missing_is_a_message_and_no_traceback(nuke, node):
    nuke.GUI = True
    node.setInput(0, None)
    node["stfam_run"].execute()
    assert nuke._messages == [node["stfam_status"].value()] and "Connect the plate" in nuke._messages[0]


def test_the_panel_gets_the_shot(nuke, node, monkeypatch):
    from stfam.core.shot import Shot

    started = []
    monkeypatch.setattr(subprocess, "Popen", _popen(started))
    node["stfam_panel"].execute()
    assert started and started[0][1] == "panel" and [key.frame for key in Shot.load(started[0][2]).keys] == [1001]


def _popen(started):
    real = subprocess.Popen

    def popen(command, **options):
        if command[1:2] == ["panel"]:
            return started.append(command)
        return real(command, **options)

    return popen


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["stfam1", "--frames=1001"], 0), (["nope"], 3), (["stfam1", "--frames=5-1"], 2), (["stfam1", "--write=no"], 3)],
    ids=["whole", "no node", "no range", "no write"],
)
def test_the_terminal_ends_with_the_contract_s_status(nuke, node, tmp_path, capsys, arguments, status):
    from stfam.plugin.nuke_host import terminal

    (tmp_path / "comp.nk").write_text("")
    assert terminal.main([str(tmp_path / "comp.nk"), *arguments]) == status
    said = capsys.readouterr()
    assert said.err.startswith("ERROR:") if status else "m.v001" in (tmp_path / "comp.nk").read_text("utf-8")


def test_a_script_that_is_not_there_is_an_error(nuke, tmp_path, capsys):
    from stfam.plugin.nuke_host import terminal

    assert terminal.main([str(tmp_path / "gone.nk"), "stfam1"]) == 3
    assert capsys.readouterr().err.startswith("ERROR:")


def test_the_start_is_short_and_registers_node_and_pane(nuke):
    import nukescripts
    from PySide6.QtWidgets import QWidget

    for name in ("init.py", "menu.py"):
        assert len((STARTUP / name).read_text("utf-8").splitlines()) < 20
        runpy.run_path(str(STARTUP / name))
    assert "stfam" in nuke._toolbar._menus["Keyer"]._commands
    name, widget = nukescripts._registered["io.stfam.panel"]
    assert name == "stfam" and issubclass(widget, QWidget)


def test_a_terminal_session_touches_no_qt():
    script = f"import sys, runpy; sys.modules['PySide6'] = None; runpy.run_path({str(STARTUP / 'init.py')!r})"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr == ""


def test_the_example_script_runs(nuke, script, tmp_path, monkeypatch, capsys):
    example = STARTUP.parents[2] / "docs" / "examples" / "nuke_matte.py"
    folder = script[2]
    plate, roto = (str(path).replace("####", "%04d") for path in (folder.plate, folder.trimaps))
    monkeypatch.setattr(sys, "argv", [str(example), plate, "1001-1002=", roto, "1001=", str(tmp_path / "out.nk")])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(example), run_name="__main__")
    assert end.value.code == 0, capsys.readouterr().err
    assert "stfam2 reads the mattes of frames 1001-1002" in capsys.readouterr().out
    assert "_matte/v001" in (tmp_path / "out.nk").read_text("utf-8")
