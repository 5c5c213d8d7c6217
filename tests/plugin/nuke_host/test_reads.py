"""What Nuke's graph says is the plate."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.plugin.host.interface import HostError


def plate(node):
    from stfam.plugin.nuke_host.host import NukeHost

    return NukeHost(node).plate()


@pytest.mark.parametrize(
    ("knobs", "offset"),
    [
        ({}, 0),
        ({"frame_mode": "offset", "frame": "1000"}, -1000),
        ({"frame_mode": "start at", "frame": "1"}, -1000),
        ({"frame_mode": "start at", "frame": "2001"}, 1000),
        ({"frame_mode": "expression", "frame": "frame"}, 0),
    ],
    ids=["plain", "offset", "start at 1", "start at 2001", "identity"],
)
def test_an_untouched_read_is_taken_as_it_is(script, knobs, offset):
    node, read, folder = script
    for knob, value in knobs.items():
        read[knob].setValue(value)
    found = plate(node)
    assert (found.spec, str(found.frames), found.offset, found.baked) == (folder.plate, "1001-1004", offset, False)


@pytest.mark.parametrize(
    ("knobs", "colorspace"),
    [
        ({"raw": True}, "Raw"),
        ({"colorspace": "default (scene_linear)"}, None),
        ({"colorspace": "ACES - ACEScg"}, "ACES - ACEScg"),
        ({"colorspace": "scene_linear (ACES - ACEScg)"}, "ACES - ACEScg"),
    ],
    ids=["raw", "default", "named", "role"],
)
def test_the_read_s_colour_space_is_respected(script, knobs, colorspace):
    node, read, _ = script
    for knob, value in knobs.items():
        read[knob].setValue(value)
    assert plate(node).colorspace == colorspace


def test_dots_change_nothing(nuke, script):
    node, read, folder = script
    dot = nuke.createNode("Dot")
    dot.setInput(0, read)
    node.setInput(0, dot)
    assert plate(node).spec == folder.plate


def test_a_read_s_own_range_is_respected(script):
    node, read, _ = script
    read["first"].setValue(1002)
    read["last"].setValue(1003)
    assert str(plate(node).frames) == "1002-1003"


def test_windows_paths_come_with_forward_slashes(nuke):
    from stfam.plugin.nuke_host.reads import _path, nuke_pattern

    read = nuke.createNode("Read")
    read["file"].setValue("C:\\shots\\sh010\\plate.%04d.exr")
    assert _path(read) == "C:/shots/sh010/plate.####.exr"
    assert nuke_pattern("C:\\out\\m.####.exr") == "C:/out/m.%04d.exr"


def test_a_relative_path_is_of_the_project_directory(nuke, script):
    node, read, folder = script
    nuke.root()["project_directory"].setValue(folder.folder.as_posix())
    read["file"].setValue("plate.%04d.exr")
    assert plate(node).spec == folder.plate


@pytest.mark.parametrize("how", ["retime", "expression"])
def test_what_the_graph_changed_is_baked(nuke, script, monkeypatch, tmp_path, how):
    monkeypatch.setenv("STFAM_CACHE", str(tmp_path / "cache"))
    node, read, folder = script
    if how == "retime":
        shift = nuke.createNode("TimeOffset")
        shift["time_offset"].setValue(10)
        shift.setInput(0, read)
        node.setInput(0, shift)
    else:
        read["frame"].setValue("frame*2")
    nodes, steps = len(nuke.allNodes()), nuke.Undo.undoSize()
    nuke.root()["proxy"].setValue(True)
    steps += 1
    found = plate(node)
    assert found.baked and found.offset == 0 and found.colorspace == "Linear Rec.709 (sRGB)"
    assert str(found.frames) == ("1011-1014" if how == "retime" else "1001-1004")
    assert nuke.root()["proxy"].value() is True
    assert len(nuke.allNodes()) == nodes and nuke.Undo.undoSize() == steps
    first = oiio.ImageBuf(found.spec.replace("####", str(found.frames.frames[0])))
    assert first.spec().format.basetype == oiio.HALF
    wanted = oiio.ImageBuf(str(folder.plate_file(1001))).get_pixels()
    assert np.array_equal(first.get_pixels(), wanted)


def test_a_bake_that_fails_is_a_sentence_and_leaves_no_node(nuke, script):
    node, _, _ = script
    grade = nuke.createNode("Grade")
    node.setInput(0, grade)
    nodes = len(nuke.allNodes())
    with pytest.raises(HostError, match="Grade1 could not be rendered"):
        plate(node)
    assert len(nuke.allNodes()) == nodes


def test_nothing_connected_is_a_sentence(script):
    node, _, _ = script
    node.setInput(0, None)
    with pytest.raises(HostError, match="Connect the plate's Read"):
        plate(node)
