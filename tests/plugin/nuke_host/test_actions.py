"""The node's buttons, the terminal script, and what Nuke runs at its start."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

STARTUP = Path(__file__).resolve().parents[3] / "plugin" / "nuke_host" / "startup"


def test_run_reads_the_mattes_into_rgba_alpha(nuke, node, tmp_path):
    steps = nuke.Undo.undoSize()
    node["stfam_run"].execute()
    read, copy = node.node("Matte"), node.node("CopyMatte")
    assert read["file"].value() == f"{tmp_path.as_posix()}/m/m.v001.%04d.exr" and read["raw"].value() is True
    assert [read[knob].value() for knob in ("first", "last", "origfirst", "origlast")] == [1001, 1002, 1001, 1002]
    assert (copy["from0"].value(), copy["to0"].value()) == ("rgba.alpha", "rgba.alpha")
    assert (copy.input(0).name(), copy.input(1).name()) == ("Plate", "Matte") and copy["disable"].value() is False
    assert node["stfam_status"].value() == "stfam1 reads the mattes of frames 1001-1002."
    assert len(list((tmp_path / "m").iterdir())) == 2
    assert nuke.Undo.undoSize() == steps + 1
    nuke.undo()
    assert nuke.toNode("stfam1").node("Matte")["file"].value() == ""


def test_a_read_that_starts_elsewhere_keeps_its_offset(nuke, node, script):
    from stfam.core.frame_range import FrameRange
    from stfam.core.shot import Output, Shot
    from stfam.plugin.host.interface import Placement
    from stfam.plugin.nuke_host.host import NukeHost

    script[1]["frame_mode"].setValue("start at")
    script[1]["frame"].setValue("1")
    plate = NukeHost(node).plate()
    NukeHost(node).place(Placement(plate, Shot(plate.spec, Output("m.####.exr")), FrameRange.parse("1001-1002")))
    read = node.node("Matte")
    assert (read["frame_mode"].value(), read["frame"].value()) == ("start at", "1")
    assert (read["first"].value(), read["last"].value()) == (1001, 1002)


def test_mattes_that_were_made_anew_are_read_anew(nuke, node, tmp_path):
    from stfam.core.frame_range import FrameRange
    from stfam.core.shot import Output, Shot
    from stfam.plugin.host.interface import HostPlate, Placement
    from stfam.plugin.nuke_host.host import NukeHost

    plate = HostPlate("p.####.exr", FrameRange((1001,)), "Read1")
    placement = Placement(plate, Shot(plate.spec, Output(f"{tmp_path}/m.####.exr")), plate.frames)
    write = nuke.nodes.Write(inputs=[node], channels="alpha")
    write["file"].setValue(f"{tmp_path}/comp.%04d.exr")
    for alpha in (0.25, 0.75):
        pixels = np.full((64, 96, 4), alpha, np.float32)
        matte = oiio.ImageBuf(oiio.ImageSpec(96, 64, 4, oiio.HALF))
        assert matte.set_pixels(oiio.ROI(), pixels) and matte.write(f"{tmp_path}/m.1001.exr")
        NukeHost(node).place(placement)
        nuke.execute(write, 1001, 1001)
        assert (oiio.ImageBuf(f"{tmp_path}/comp.1001.exr").get_pixels() == alpha).all()


def test_a_movie_of_mattes_is_read_by_its_own_frames(nuke, node, script, tmp_path):
    node["stfam_output"].setValue(f"{tmp_path}/m/m.mov")
    node["stfam_range"].setValue("1002-1003")
    script[1]["frame_mode"].setValue("start at")
    script[1]["frame"].setValue("1")
    node["stfam_run"].execute()
    read = node.node("Matte")
    assert [read[knob].value() for knob in ("first", "last", "origfirst", "origlast")] == [1, 2, 1, 2]
    assert (read["frame_mode"].value(), read["frame"].value()) == ("start at", "2")
    assert node["stfam_status"].value() == "stfam1 reads the mattes of frames 1002-1003."


def test_a_range_with_gaps_does_not_become_a_movie(node, tmp_path):
    from stfam.plugin.host.interface import HostError

    node["stfam_output"].setValue(f"{tmp_path}/m/m.mov")
    node["stfam_range"].setValue("1001,1003")
    with pytest.raises(HostError, match="frames 1001, 1003 have gaps"):
        node["stfam_run"].execute()
    assert not (tmp_path / "m" / "m.mov").exists()


def test_version_up_and_clear(nuke, node, tmp_path):
    node["stfam_matte"].execute()
    node["stfam_version_up"].execute()
    assert node["stfam_output"].value() == f"{tmp_path}/m/m.v002.####.exr"
    node["stfam_clear"].execute()
    assert node.node("CopyMatte")["disable"].value() is True and node["stfam_shot"].value() == ""
    assert len(list((tmp_path / "m").iterdir())) == 2


def test_a_node_that_was_taken_apart_says_so(nuke, node):
    nuke.delete(node.node("CopyMatte"))
    node["stfam_clear"].execute()
    assert node["stfam_status"].value().startswith("stfam1 was taken apart: there is no CopyMatte in it.")


@pytest.mark.parametrize(
    ("text", "folder"), [("mattes/r.v001.####.exr", "project"), ("[getenv OUT]/mattes/r.v001.%04d.exr", "out")],
    ids=["relative", "tcl"],
)  # fmt: skip
def test_the_mattes_knob_means_what_it_means_to_nuke(nuke, node, tmp_path, monkeypatch, text, folder):
    monkeypatch.setenv("OUT", str(tmp_path / "out"))
    nuke.root()["project_directory"].setValue(str(tmp_path / "project"))
    node["stfam_output"].setValue(text)
    node["stfam_run"].execute()
    found = tmp_path / folder / "mattes"
    assert sorted(path.name for path in found.iterdir()) == ["r.v001.1001.exr", "r.v001.1002.exr"]
    assert node.node("Matte")["file"].value() == f"{found.as_posix()}/r.v001.%04d.exr"
    node["stfam_version_up"].execute()
    assert node["stfam_output"].value() == text.replace("v001", "v002").replace("%04d", "####")


def test_keys_without_a_seed_are_said_in_the_knob_s_words(nuke, node):
    from stfam.core.errors import StfamError

    node.setInput(1, None)
    with pytest.raises(StfamError, match="keys knob names 1001, and nothing is connected to the second input"):
        node["stfam_run"].execute()


def test_no_key_at_all_is_said_without_the_command_line(node):
    from stfam.core.errors import StfamError

    node["stfam_keys"].setValue("")
    with pytest.raises(StfamError, match="no keyframe yet. Make one of a mask, roto or alpha") as error:
        node["stfam_run"].execute()
    assert "--key" not in str(error.value)


def test_a_new_node_is_behind_the_selected_one(nuke, script):
    from stfam.plugin.nuke_host import node as stfam_node

    _, read, _ = script
    read.setSelected(True)
    read.setXYpos(40, 10)
    steps = nuke.Undo.undoSize()
    made = stfam_node.create()
    assert made.input(0) is read and (made.xpos(), made.ypos()) == (40, 90)
    assert nuke.Undo.undoSize() == steps + 1
    nuke.undo()
    assert nuke.toNode(made.name()) is None


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["stfam1", "--frames=1001"], 0),
        (["nope"], 3),
        (["Read1"], 3),
        (["stfam1", "-F=5-1"], 2),
        (["stfam1", "--write=no"], 3),
        (["stfam1", "--seed=no"], 3),
    ],
    ids=["whole", "no node", "not ours", "no range", "no write", "no seed"],
)
def test_the_terminal_ends_with_the_contract_s_status(nuke, node, tmp_path, capsys, arguments, status):
    from stfam.plugin.nuke_host import terminal

    (tmp_path / "comp.nk").write_text("")
    assert terminal.main([str(tmp_path / "comp.nk"), *arguments]) == status
    said = capsys.readouterr()
    assert said.err.startswith("ERROR:") if status else "m.v001" in (tmp_path / "comp.nk").read_text("utf-8")


def test_the_terminal_builds_the_node_and_writes(nuke, script, tmp_path, capsys):
    from stfam.plugin.nuke_host import terminal

    (tmp_path / "comp.nk").write_text("")
    write = nuke.nodes.Write(inputs=[script[1]], channels="rgb", use_limit=True, first=1001, last=1002)
    write["file"].setValue(f"{tmp_path.as_posix()}/out.%04d.exr")
    nuke.rawArgs[:] = ["nuke", "-t", "-F", "1001-1002", "terminal.py", "comp.nk", "Read1"]
    arguments = ["Read1", "--seed=Roto1", "--keys=1001", f"--output={tmp_path}/m/m.####.exr", "--write=Write1"]
    assert terminal.main([str(tmp_path / "comp.nk"), *arguments]) == 0, capsys.readouterr().err
    made = write.input(0)
    assert made.Class() == "Group" and made.input(0).name() == "Read1" and made.input(1).name() == "Roto1"
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["m.1001.exr", "m.1002.exr"]
    assert sorted(path.name for path in tmp_path.glob("out.*.exr")) == ["out.1001.exr", "out.1002.exr"]
    assert "'Write1'" in (tmp_path / "comp.nk").read_text("utf-8")


def test_the_terminal_builds_the_node_in_its_plate_s_group(nuke, script, tmp_path, capsys):
    from stfam.plugin.nuke_host import terminal

    (tmp_path / "comp.nk").write_text("")
    with nuke.nodes.Group(name="Shot"):
        read = nuke.nodes.Read(file=script[1]["file"].value(), first=1001, last=1004)
        roto = nuke.nodes.Roto()
    arguments = ["Shot.Read1", "--keys=1001", "--frames=1001", f"--output={tmp_path}/m/m.####.exr"]
    assert terminal.main([str(tmp_path / "comp.nk"), *arguments, "--seed=Roto1"]) == 3
    assert "Roto1 is in another group than Shot.Read1" in capsys.readouterr().err
    assert terminal.main([str(tmp_path / "comp.nk"), "stfam1", "--seed=Shot.Roto1"]) == 3
    assert "Shot.Roto1 is in another group than stfam1" in capsys.readouterr().err
    assert terminal.main([str(tmp_path / "comp.nk"), *arguments, "--seed=Shot.Roto1"]) == 0, capsys.readouterr().err
    made = nuke.toNode("Shot.stfam1")
    assert (made.input(0), made.input(1)) == (read, roto) and (tmp_path / "m" / "m.1001.exr").is_file()


def test_a_script_that_cannot_be_saved_is_an_error(nuke, node, capsys):
    from stfam.plugin.nuke_host import terminal

    assert terminal.main(["/proc/version", "stfam1", "--frames=1001"]) == 2, "nobody may write it, not even root"
    assert capsys.readouterr().err.startswith("ERROR: /proc/version cannot be saved: ")


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
    exec(nuke._toolbar._menus["Keyer"]._commands["stfam"])
    assert nuke.toNode("stfam1")._shown
    name, widget = nukescripts._registered["io.stfam.panel"]
    assert name == "stfam" and issubclass(widget, QWidget)


def test_a_nuke_before_16_starts_without_it(nuke, monkeypatch):
    monkeypatch.setattr(nuke, "NUKE_VERSION_MAJOR", 15)
    monkeypatch.setattr(nuke, "NUKE_VERSION_STRING", "15.2v3")
    monkeypatch.setitem(sys.modules, "PySide6", None)
    monkeypatch.delitem(sys.modules, "stfam.plugin.nuke_host.pane", raising=False)
    runpy.run_path(str(STARTUP / "menu.py"))
    assert not nuke._toolbar._menus
    assert nuke._messages == ["stfam needs Nuke 16 or later and stays away from Nuke 15.2v3."]


def test_a_terminal_session_touches_no_qt():
    script = f"import sys, runpy; sys.modules['PySide6'] = None; runpy.run_path({str(STARTUP / 'init.py')!r})"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr == ""


def test_the_example_script_runs(nuke, script, tmp_path, monkeypatch, capsys):
    example = STARTUP.parents[2] / "docs" / "examples" / "nuke_matte.py"
    folder = script[2]
    for frame in (1001, 1002):
        pixels = nuke.script.renderers["Roto"](None, frame)
        drawn = oiio.ImageBuf(oiio.ImageSpec(pixels.shape[1], pixels.shape[0], 4, oiio.HALF))
        assert drawn.set_pixels(oiio.ROI(), pixels) and drawn.write(f"{tmp_path}/roto.{frame}.exr")
    plate, roto = folder.plate.replace("####", "%04d"), f"{tmp_path}/roto.%04d.exr"
    ranges = ["--frames=1001-1002", "--keys=1001", f"--script={tmp_path / 'out.nk'}"]
    files = [f"--plate={plate}", f"--roto={roto}", f"--result={tmp_path.as_posix()}/result.%04d.exr"]
    monkeypatch.setattr(sys, "argv", [str(example), *files, *ranges])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(example), run_name="__main__")
    assert end.value.code == 0, capsys.readouterr().err
    assert "stfam2 reads the mattes of frames 1001-1002" in capsys.readouterr().out
    assert "_matte/v001" in (tmp_path / "out.nk").read_text("utf-8")
    assert_premultiplied(tmp_path / "result.1002.exr", folder.plate_file(1002), nuke.toNode("stfam2"))


def assert_premultiplied(result, plate, node):
    """Frame 1002 of the result is the plate's 1002 times the matte's 1002."""
    matte = node.node("Matte")["file"].value().replace("%04d", "1002")
    found, plain, alpha = (oiio.ImageBuf(str(path)).get_pixels() for path in (result, plate, matte))
    alpha = alpha[..., 3:]
    assert 0 < alpha.mean() < 1
    assert np.abs(found[..., 3:] - alpha).max() < 1e-3
    assert np.abs(found[..., :3] - plain[..., :3] * alpha).max() < 2e-3 * max(1.0, float(plain.max()))
