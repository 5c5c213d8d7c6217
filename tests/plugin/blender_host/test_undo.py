"""What undo takes back, and what a file remembers all the same."""

from __future__ import annotations

import pytest


def remembered_keys():
    from stfam.plugin.blender_host import api

    shot = api.remembered("IMAGE", "plate")
    return None if shot is None else [key.frame for key in shot.keys]


@pytest.mark.parametrize("loaded", [False, True], ids=["as registered", "after a file was opened"])
def test_undo_takes_the_graph_back_and_no_key(blender, matted, roto, sequence, tmp_path, loaded):
    if loaded:
        sequence.use_fake_user = roto.use_fake_user = True
        blender.ops.wm.save_as_mainfile(filepath=str(tmp_path / "comp.blend"))
        blender.ops.wm.open_mainfile(filepath=str(tmp_path / "comp.blend"))
    blender.ops.ed.undo_push(message="the artist's last step")
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0, matte=matted.matte)
    blender.ops.stfam.add_key(seed="roto", frames="1001")
    blender.ops.stfam.import_result()
    blender.ops.ed.undo()
    assert "stfam plate" not in blender.data.node_groups and remembered_keys() == [1001]
    blender.ops.stfam.add_key(seed="roto", frames="1003")
    blender.ops.ed.redo()
    assert "stfam plate" in blender.data.node_groups and remembered_keys() == [1001, 1003]
    blender.ops.ed.undo()
    blender.data.images["plate"].use_fake_user = True
    blender.ops.wm.save_as_mainfile(filepath=str(tmp_path / "comp.blend"))
    blender.ops.wm.open_mainfile(filepath=str(tmp_path / "comp.blend"))
    assert remembered_keys() == [1001, 1003]


def test_a_scene_that_undo_brings_back_remembers_what_it_did(blender, opened):
    scene = blender.context.scene
    other = blender.data.scenes.new("other")
    other["stfam_shots"] = scene["stfam_shots"]
    blender.ops.ed.undo_push(message="two scenes")
    blender.data.scenes.remove(other)
    blender.ops.ed.undo_push(message="one scene")
    blender.ops.ed.undo()
    assert blender.data.scenes["other"]["stfam_shots"] == blender.context.scene["stfam_shots"] != ""
