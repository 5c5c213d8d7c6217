"""What stays of bakes, and for how long."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import OpenImageIO as oiio


def test_bakes_of_scripts_that_were_never_saved_go_after_two_weeks(nuke, node, tmp_path):
    from stfam.core.cache import bake_folder
    from stfam.plugin.nuke_host.host import NukeHost

    node.setInput(0, nuke.nodes.TimeOffset(inputs=[node.input(0)]))
    now, kept = time.time(), {}
    for script, days in (("untitled-4711", 15), ("untitled-4712", 13), ("untitled-4713.nk", 15), ("comp.nk", 15)):
        plate = bake_folder(str(tmp_path / script), "stfam1") / "plate" / "plate.1001.exr"
        matte = plate.parents[1] / "plate_matte" / "v001" / "plate_matte.v001.1001.exr"
        for path in (plate, matte):
            path.parent.mkdir(parents=True)
            path.touch()
            os.utime(path, (now - days * 86400,) * 2)
        kept[script] = plate, matte
    found = NukeHost(node).plate()
    assert Path(found.spec.replace("####", "1001")).is_file()
    assert [plate.exists() for plate, _ in kept.values()] == [False, True, True, True]
    assert all(matte.exists() for _, matte in kept.values())


def test_a_read_that_starts_elsewhere_is_baked_where_nuke_shows_it(nuke, node, script):
    from stfam.plugin.nuke_host.host import NukeHost

    for knob, value in (("colorspace", "AlexaV3LogC"), ("frame_mode", "start at"), ("frame", "11")):
        script[1][knob].setValue(value)
    found = NukeHost(node).plate()
    assert (str(found.frames), found.baked, found.offset) == ("11-14", True, 0)
    baked, plate = (
        oiio.ImageBuf(str(path)).get_pixels()
        for path in (found.spec.replace("####", "0013"), script[2].plate_file(1003))
    )
    assert np.array_equal(baked, plate[..., :3])


def test_of_a_stereo_project_one_view_is_baked(nuke, node):
    from stfam.plugin.nuke_host.host import NukeHost

    nuke._views[:] = ["left", "right"]
    roto, drawn = node.input(1), []
    like = oiio.ImageBuf(NukeHost(node).plate().spec.replace("####", "1001")).get_pixels().shape

    def draw(roto, frame):
        drawn.append(nuke.script.view)
        return np.zeros((*like[:2], 4), np.float32)

    nuke.script.renderers["Roto"] = draw
    node.setInput(0, roto)
    nuke.root()["last_frame"].setValue(2)
    assert str(NukeHost(node).plate().frames) == "1-2" and drawn == ["left", "left"]


def test_in_a_group_the_plate_of_its_input_is_baked_over_its_own_range(nuke, node, script):
    from stfam.plugin.nuke_host import node as stfam_node
    from stfam.plugin.nuke_host.host import NukeHost

    with nuke.nodes.Group() as group:
        inner = stfam_node.create(nuke.nodes.Input())
    group.setInput(0, node.input(0))
    found = NukeHost(inner).plate()
    assert (str(found.frames), found.baked) == ("1001-1004", True)
    baked, plate = (
        oiio.ImageBuf(str(path)).get_pixels()
        for path in (found.spec.replace("####", "1003"), script[2].plate_file(1003))
    )
    assert np.array_equal(baked, plate[..., :3])
