"""The panel's turn with Blender's shot, with a real worker."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from stfam.core.shot import Keyframe, Shot


class _Pid:
    pid = 7


@pytest.fixture
def opened(blender, sequence, roto, tmp_path):
    """The plate open in a saved file, with a key from the mask at 1001."""
    blender.ops.wm.save_as_mainfile(filepath=str(tmp_path / "comp.blend"))
    out = str(tmp_path / "out" / "m.####.exr")
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0, matte=out)
    blender.ops.stfam.add_key(seed="roto", frames="1001", inner=4, outer=4)
    return tmp_path


@pytest.fixture
def panel(opened, monkeypatch):
    """A function that presses Open Panel and returns the file that the panel was started with."""
    from stfam.plugin.blender_host import api

    started = []
    real = subprocess.Popen

    def popen(command, **options):
        if command[1:2] != ["panel"]:
            return real(command, **options)
        started.append((command, options))
        return _Pid()

    monkeypatch.setattr(subprocess, "Popen", popen)

    def pressed() -> Path:
        assert api.open_panel() == 7
        command, options = started[-1]
        assert command[0].endswith("stfam") and command[1] == "panel" and options["start_new_session"]
        return Path(command[2])

    return pressed


def session():
    from stfam.plugin.blender_host.runner import current

    return current.session


def keys(shot) -> list[int]:
    return [key.frame for key in shot.keys]


def save_in_panel(path: Path, **changes) -> None:
    """Another key at 1005, as the panel saves a shot."""
    shot = Shot.load(path)
    trimap = path.with_name(f"{path.stem}_keys") / f"{path.stem}.1005.png"
    shutil.copyfile(shot.keys[0].trimap, trimap)
    replace(shot, keys=(*shot.keys, Keyframe(1005, str(trimap))), **changes).save(path)


def test_the_shot_lies_beside_the_file(opened, panel):
    path = panel()
    assert path == opened / "plate.stfam" and keys(Shot.load(path)) == [1001]


def test_a_file_of_someone_else_is_left_alone(opened, panel):
    (opened / "plate.stfam").write_text(json.dumps({"precious": True}), "utf-8")
    assert panel() == opened / "plate.2.stfam"
    assert json.loads((opened / "plate.stfam").read_text("utf-8")) == {"precious": True}
    assert panel() == opened / "plate.2.stfam"


@pytest.mark.parametrize("act", ["open_panel", "propagate", "add_key", "open_plate"])
def test_what_the_panel_saved_is_taken_by_whatever_comes_next(blender, opened, panel, act):
    path = panel()
    save_in_panel(path)
    if act == "open_panel":
        assert panel() == path and keys(Shot.load(path)) == [1001, 1005]
    elif act == "propagate":
        assert blender.ops.stfam.propagate(frames="1004") == {"FINISHED"}
    elif act == "add_key":
        blender.ops.stfam.add_key(seed="roto", frames="1001")
    else:
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate")
    assert keys(session().shot) == [1001, 1005]


def test_the_import_button_takes_what_the_panel_exported(blender, opened, panel, matted):
    from stfam.plugin.blender_host.paths import absolute

    path = panel()
    save_in_panel(path, output=replace(Shot.load(path).output, matte=matted.matte))
    assert blender.ops.stfam.import_result() == {"FINISHED"}
    matte = blender.data.node_groups["stfam plate"].nodes["Matte"]
    assert absolute(matte.image.filepath) == matted.matte_file(1001) and matte.frame_duration == 5
    assert keys(session().shot) == [1001, 1005]


def test_a_shot_that_was_saved_elsewhere_comes_in_by_its_path(blender, opened):
    from stfam.plugin.blender_host import api

    session().shot.save(opened / "elsewhere.stfam")
    with pytest.raises(RuntimeError, match="has no mattes yet"):
        blender.ops.stfam.import_result(filepath=str(opened / "elsewhere.stfam"))
    api.matte("1001")
    assert blender.ops.stfam.import_result(filepath=str(opened / "elsewhere.stfam")) == {"FINISHED"}


def test_a_copied_scene_has_a_file_of_its_own(blender, opened, panel):
    path = panel()
    before = path.read_bytes()
    blender.ops.scene.new(type="FULL_COPY")
    assert blender.context.scene.name != "Scene"
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0, matte=str(opened / "copied" / "m.####.exr"))
    assert panel() == opened / "plate.2.stfam" and path.read_bytes() == before
    blender.data.scenes.remove(blender.data.scenes["Scene"])
    blender.context.scene.name = "renamed"
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0)
    assert panel() == opened / "plate.2.stfam"


def test_a_file_that_was_saved_under_another_name_takes_the_panel_along(blender, opened, panel):
    path = panel()
    blender.data.images["plate"].use_fake_user = True  # or it is not saved
    blender.ops.wm.save_mainfile()
    save_in_panel(path)
    blender.ops.wm.save_as_mainfile(filepath=str(opened / "comp_v2.blend"))
    for name, expected, known in (("comp_v2", "plate", [1001, 1005]), ("comp", "plate.2", [1001])):
        blender.ops.wm.open_mainfile(filepath=str(opened / f"{name}.blend"))
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0)
        assert panel() == opened / f"{expected}.stfam" and keys(session().shot.shot) == known
