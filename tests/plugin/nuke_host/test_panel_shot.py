"""The panel's turn with a node's shot: what it saved is taken, and no file of anyone else is written."""

from __future__ import annotations

import copy
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from stfam.core.cache import plate_cache
from stfam.core.shot import Keyframe, Shot


@pytest.fixture
def panel(node, monkeypatch):
    """A function that presses Open Panel and returns the file that the panel was started with."""
    started = []
    real = subprocess.Popen

    def popen(command, **options):
        return started.append(command) if command[1:2] == ["panel"] else real(command, **options)

    monkeypatch.setattr(subprocess, "Popen", popen)

    def opened() -> Path:
        node["stfam_panel"].execute()
        return Path(started[-1][2])

    return opened


def remembered(node) -> Shot:
    from stfam.plugin.nuke_host.host import NukeHost

    return NukeHost(node).remembered()


def save_in_panel(path: Path, painted: Path) -> None:
    """Key 1001 is corrected to `painted` in place, and 1003 is added, as the panel saves a shot."""
    shot = Shot.load(path)
    folder = path.with_name(f"{path.stem}_keys")
    for frame in (1001, 1003):
        shutil.copyfile(painted, folder / f"{path.stem}.{frame}.png")
    keys = tuple(Keyframe(frame, str(folder / f"{path.stem}.{frame}.png")) for frame in (1001, 1003))
    replace(shot, keys=keys, settings=replace(shot.settings, tile="off")).save(path)


def test_the_panel_gets_the_shot(node, panel):
    assert [key.frame for key in Shot.load(panel()).keys] == [1001]


def test_what_the_panel_saved_is_run_and_handed_back(node, panel, script):
    path, painted = panel(), script[2].trimap_file(1003)
    save_in_panel(path, painted)
    node["stfam_run"].execute()
    shot = remembered(node)
    assert [key.frame for key in shot.keys] == [1001, 1003] and shot.settings.tile == "off"
    assert Path(shot.keys[0].trimap).read_bytes() == painted.read_bytes()
    assert panel() == path
    assert [key.frame for key in Shot.load(path).keys] == [1001, 1003]
    assert Path(Shot.load(path).keys[0].trimap).read_bytes() == painted.read_bytes()


def test_a_correction_in_place_is_taken(node, panel, script):
    path = panel()
    shutil.copyfile(script[2].trimap_file(1003), path.with_name("stfam1_keys") / "stfam1.1001.png")
    node["stfam_propagate"].execute()
    assert Path(remembered(node).keys[0].trimap).read_bytes() == script[2].trimap_file(1003).read_bytes()


def test_a_shot_that_the_panel_did_not_save_is_the_seed_s(node, panel):
    panel()
    node["stfam_keys"].setValue("1001,1002")
    assert [key.frame for key in Shot.load(panel()).keys] == [1001, 1002]


def test_a_file_that_is_not_ours_is_left_alone(node, panel, script):
    foreign = plate_cache(script[2].plate) / "stfam1.stfam"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("someone else's", "utf-8")
    path = panel()
    assert path.name == "stfam1.2.stfam" and foreign.read_text("utf-8") == "someone else's"
    path.write_text("saved over", "utf-8")
    assert panel().name == "stfam1.3.stfam" and path.read_text("utf-8") == "saved over"


def test_clear_gives_the_keys_back_to_the_seed(node, panel, script):
    save_in_panel(panel(), script[2].trimap_file(1003))
    node["stfam_propagate"].execute()
    node["stfam_clear"].execute()
    node["stfam_propagate"].execute()
    assert [key.frame for key in remembered(node).keys] == [1001]


def test_another_plate_leaves_the_keys_with_theirs(node, script, tmp_path):
    node["stfam_propagate"].execute()
    read, folder = script[1], script[2]
    shutil.copytree(folder.folder, tmp_path / "other")
    read["file"].setValue(f"{tmp_path}/other/{Path(folder.plate).name}".replace("####", "%04d"))
    node["stfam_propagate"].execute()
    assert f"The keys of {folder.plate} stay with that plate." in node["stfam_status"].value()
    node["stfam_keys"].setValue("")
    read["file"].setValue(str(folder.plate).replace("####", "%04d"))
    node["stfam_propagate"].execute()
    assert [key.frame for key in remembered(node).keys] == [1001] and "stay with" not in node["stfam_status"].value()


def test_a_copied_node_has_a_file_of_its_own(nuke, node, panel, script, tmp_path):
    from stfam.plugin.nuke_host import node as stfam_node

    path = panel()
    save_in_panel(path, script[2].trimap_file(1003))
    node["stfam_propagate"].execute()
    with nuke.Undo("paste"):
        copied = stfam_node.create(node.input(0))
        for knob in ("stfam_range", "stfam_window", stfam_node.MARK):
            copied[knob].setValue(node[knob].value())
    copied["stfam_output"].setValue(f"{tmp_path}/copied.####.exr")
    painted, before = trimaps(copied), path.read_bytes()
    copied["stfam_panel"].execute()
    own = panel_of(copied, script)
    assert own.name == "stfam2.stfam" and path.read_bytes() == before and panel() == path
    save_in_panel(path, script[2].trimap_file(1004))
    node["stfam_propagate"].execute()
    copied["stfam_propagate"].execute()
    assert trimaps(copied) == painted != trimaps(node)
    nuke.delete(copied)
    node.setName("hair")
    assert panel() == path


def test_a_script_that_was_saved_under_another_name_has_a_file_of_its_own(nuke, node, panel, script, tmp_path):
    nuke.scriptSaveAs(f"{tmp_path}/shot_v001.nk")
    path = panel()
    save_in_panel(path, script[2].trimap_file(1003))
    node["stfam_propagate"].execute()
    first, as_saved = trimaps(node), copy.deepcopy(nuke.root())
    nuke.scriptSaveAs(f"{tmp_path}/shot_v002.nk")
    save_in_panel(path, script[2].trimap_file(1004))
    node["stfam_propagate"].execute()
    second, as_second = trimaps(node), copy.deepcopy(nuke.root())
    assert second != first and panel() == path
    node = reopened(nuke, as_saved)
    node["stfam_propagate"].execute()
    assert trimaps(node) == first
    node["stfam_panel"].execute()
    own = panel_of(node, script)
    assert own != path
    save_in_panel(own, script[2].trimap_file(1002))
    node["stfam_propagate"].execute()
    assert trimaps(node) not in (first, second)
    node = reopened(nuke, as_second)
    node["stfam_propagate"].execute()
    assert trimaps(node) == second and panel_of(node, script) == path


def reopened(nuke, root):
    """The stfam node of a script that is opened in place of the present one."""
    nuke.scriptClose()
    nuke.script.root = root
    return root.node("stfam1")


def trimaps(node) -> dict[int, bytes]:
    return {key.frame: Path(key.trimap).read_bytes() for key in remembered(node).keys}


def panel_of(node, script) -> Path:
    from stfam.plugin.nuke_host.host import NukeHost

    return Path(NukeHost(node).panel_note(script[2].plate).path)
