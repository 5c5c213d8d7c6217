"""What Nuke's graph says is the plate."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import Cancelled
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


def test_the_read_s_colour_space_goes_with_the_plate(nuke, script):
    node, read, _ = script
    read["colorspace"].setValue("sRGB")
    assert plate(node).colorspace == "sRGB - Texture"


def test_dots_change_nothing(nuke, script):
    node, read, folder = script
    dot = nuke.createNode("Dot")
    dot.setInput(0, read)
    node.setInput(0, dot)
    assert plate(node).spec == folder.plate


def test_what_is_disabled_changes_nothing(nuke, script):
    node, read, folder = script
    grade = nuke.createNode("Grade")
    grade.setInput(0, read)
    grade["disable"].setValue(True)
    node.setInput(0, grade)
    assert plate(node).spec == folder.plate


def test_a_read_s_own_range_is_respected(script):
    node, read, _ = script
    read["first"].setValue(1002)
    read["last"].setValue(1003)
    assert str(plate(node).frames) == "1002-1003"


def test_windows_paths_come_with_forward_slashes(nuke):
    from stfam.plugin.nuke_host.paths import nuke_pattern
    from stfam.plugin.nuke_host.reads import _path

    read = nuke.createNode("Read")
    read["file"].setValue("C:\\shots\\sh010\\plate.%04d.exr")
    assert _path(read) == "C:/shots/sh010/plate.####.exr"
    assert nuke_pattern("C:\\out\\m.####.exr") == "C:/out/m.%04d.exr"


@pytest.mark.parametrize(
    ("written", "pattern", "back"),
    [
        ("/a/m.%04d.exr", "/a/m.####.exr", "/a/m.%04d.exr"),
        ("/a/m.######.exr", "/a/m.######.exr", "/a/m.%06d.exr"),
        ("/a/m.#.exr", "/a/m.%d.exr", "/a/m.%d.exr"),
        ("/a/m.%01d.exr", "/a/m.%d.exr", "/a/m.%d.exr"),
        ("/take#3/m.%04d.exr", "/take#3/m.####.exr", "/take#3/m.%04d.exr"),
        ("/take#3/m.mov", "/take#3/m.mov", "/take#3/m.mov"),
    ],
)
def test_the_frame_number_is_spelled_as_each_side_reads_it(nuke, written, pattern, back):
    from stfam.plugin.nuke_host.paths import hash_pattern, nuke_pattern

    assert hash_pattern(written) == pattern and nuke_pattern(pattern) == back


def test_a_movie_keeps_its_own_frames_in_a_folder_with_a_number_sign(nuke, script, tmp_path):
    node, read, _ = script
    movie = tmp_path / "take#3" / "a.mov"
    movie.parent.mkdir()
    movie.touch()
    for knob, value in (("file", movie.as_posix()), ("first", 1), ("last", 6), ("frame_mode", "start at"),
                        ("frame", "1001")):  # fmt: skip
        read[knob].setValue(value)
    found = plate(node)
    assert (found.spec, str(found.frames), found.offset) == (movie.as_posix(), "1-6", 1000)


@pytest.mark.parametrize("name", ["p.#.exr", "p.%d.exr", "p.%01d.exr"])
def test_numbers_without_leading_zeros_are_found(nuke, script, tmp_path, name):
    node, read, _ = script
    for number in (8, 9, 10, 11):
        (tmp_path / f"p.{number}.exr").touch()
    for knob, value in (("file", f"{tmp_path}/{name}"), ("first", 8), ("last", 11)):
        read[knob].setValue(value)
    found = plate(node)
    assert (found.spec, str(found.frames)) == (f"{tmp_path.as_posix()}/p.%d.exr", "8-11")


@pytest.mark.parametrize(("first", "offset"), [(1002, 0), (1, -1001)], ids=["its own number", "frame 1"])
def test_one_numbered_file_is_that_frame(nuke, script, first, offset):
    node, read, folder = script
    for knob, value in (("file", str(folder.plate_file(1002))), ("first", first), ("last", first)):
        read[knob].setValue(value)
    found = plate(node)
    assert (found.spec, str(found.frames), found.offset) == (folder.plate_file(1002).as_posix(), "1002", offset)


def test_a_relative_path_is_of_the_project_directory(nuke, script):
    node, read, folder = script
    nuke.root()["project_directory"].setValue(folder.folder.as_posix())
    read["file"].setValue("plate.%04d.exr")
    assert plate(node).spec == folder.plate


@pytest.mark.parametrize(
    "how", ["retime", "expression", "colour space", "tcl", "disabled", "sometimes", "held", "folder"]
)
def test_what_files_alone_do_not_say_is_baked(nuke, script, monkeypatch, how):
    from stfam.plugin.nuke_host import baking

    node, read, folder = script
    rendered = []
    monkeypatch.setattr(baking, "render", lambda upstream, *rest: rendered.append(upstream.name()))
    if how == "retime":
        shift = nuke.createNode("TimeOffset")
        shift["time_offset"].setValue(10)
        shift.setInput(0, read)
        node.setInput(0, shift)
    elif how == "disabled":
        read["disable"].setValue(True)
    elif how == "sometimes":
        grade = nuke.nodes.Grade(inputs=[read], disable=True)
        grade["disable"].setExpression("frame < 1003")
        node.setInput(0, grade)
    else:
        knob, value = {
            "expression": ("frame", "frame*2"),
            "colour space": ("colorspace", "AlexaV3LogC"),
            "tcl": ("file", "[getenv PLATES]/plate.%04d.exr"),
            "held": ("file", str(folder.plate_file(1002))),
            "folder": ("file", "/plates/%04d/plate.%04d.exr"),
        }[how]
        read[knob].setValue(value)
    found = plate(node)
    assert found.baked and found.offset == 0 and found.colorspace == "Linear Rec.709 (sRGB)"
    assert str(found.frames) == ("1011-1014" if how == "retime" else "1001-1004")
    assert rendered == [{"retime": "TimeOffset1", "sometimes": "Grade1"}.get(how, "Read1")]


@pytest.fixture
def retimed(nuke, script, monkeypatch, tmp_path):
    """The node behind ten frames' delay of an anamorphic plate."""
    monkeypatch.setenv("STFAM_CACHE", str(tmp_path / "cache"))
    node, read, folder = script
    for frame in folder.frames:
        buffer = oiio.ImageBuf(str(folder.plate_file(frame)))
        buffer.specmod().attribute("PixelAspectRatio", 2.0)
        assert buffer.write(str(folder.plate_file(frame)))
    shift = nuke.createNode("TimeOffset")
    shift["time_offset"].setValue(10)
    shift.setInput(0, read)
    node.setInput(0, shift)
    return node


def test_a_bake_leaves_nothing_behind(nuke, retimed, script):
    nuke.root()["proxy"].setValue(True)
    nodes, steps = len(nuke.allNodes(recurseGroups=True)), nuke.Undo.undoSize()
    before = nuke._graph()
    found = plate(retimed)
    assert nuke.root()["proxy"].value() is True and nuke._graph() == before
    assert (len(nuke.allNodes(recurseGroups=True)), nuke.Undo.undoSize()) == (nodes, steps)
    first = oiio.ImageBuf(found.spec.replace("####", "1011"))
    assert first.spec().format.basetype == oiio.HALF
    assert first.spec().get_float_attribute("PixelAspectRatio") == 2.0
    assert np.array_equal(first.get_pixels(), oiio.ImageBuf(str(script[2].plate_file(1001))).get_pixels())


def test_frames_of_an_older_bake_do_not_stay(retimed):
    from stfam.plugin.frame_path import frames_on_disk

    assert frames_on_disk(plate(retimed).spec) == (1011, 1012, 1013, 1014)
    retimed.input(0)["time_offset"].setValue(11)
    assert frames_on_disk(plate(retimed).spec) == (1012, 1013, 1014, 1015)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sh010/comp.nk", "sh020/comp.nk", False),
        ("sh010/comp.nk", "sh010/comp2.nk", False),
        ("sh010/comp_v001.nk", "sh010/comp_v002.nk", True),
        ("sh010/v1/comp.v01.nk", "sh010/v2/comp.v02.nk", True),
    ],
)
def test_a_script_shares_its_bakes_with_its_versions_alone(nuke, tmp_path, one, other, same):
    from stfam.plugin.nuke_host.baking import bake_pattern

    places = [bake_pattern("stfam1")]
    for name in (one, other):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        nuke.scriptSaveAs(str(tmp_path / name))
        places += [bake_pattern("stfam1"), bake_pattern("stfam2")]
    assert len(set(places)) == (3 if same else 5)


def test_the_keys_of_a_script_s_earlier_name_are_asked_for(nuke, retimed, tmp_path):
    from stfam.core.shot import Keyframe, Output, Shot
    from stfam.plugin.host.session import HostSession, RelinkError
    from stfam.plugin.nuke_host.host import NukeHost

    host = NukeHost(retimed)
    unsaved = host.plate().spec
    host.remember(Shot(unsaved, Output("m.####.exr"), (Keyframe(1011, "k.png"),)))
    nuke.scriptSaveAs(str(tmp_path / "comp.nk"))
    with pytest.raises(RelinkError, match=f"{unsaved}, which was baked by another node, or before the script had"):
        HostSession(host).open()


def test_a_bake_can_be_cancelled(nuke, retimed):
    nodes = len(nuke.allNodes())
    nuke._cancel_next_render = True
    with pytest.raises(Cancelled, match="Rendering TimeOffset1 was cancelled"):
        plate(retimed)
    assert len(nuke.allNodes()) == nodes


def test_inside_a_group_the_write_is_made_there(nuke, monkeypatch, tmp_path, script):
    monkeypatch.setenv("STFAM_CACHE", str(tmp_path / "cache"))
    from stfam.plugin.nuke_host import node as stfam_node

    group = nuke.createNode("Group")
    with group:
        read = nuke.createNode("Read")
        for knob in ("file", "first", "last"):
            read[knob].setValue(script[1][knob].value())
        shift = nuke.nodes.TimeOffset(inputs=[read], time_offset=1)
        made = stfam_node.create(shift)
    assert str(plate(made).frames) == "1002-1005"


@pytest.mark.parametrize("size", [(100, 160), (40, 60)], ids=["larger", "smaller"])
def test_a_roto_of_another_format_is_seeded_in_the_plate_s(nuke, script, tmp_path, size):
    from stfam.plugin.nuke_host.host import NukeHost

    node, _, folder = script
    height, width = size
    alpha = np.zeros((height, width, 4), np.float32)
    alpha[height - 30 :, :20, 3] = 1  # the lowest thirty rows, on the left
    nuke.script.renderers["Roto"] = lambda node, frame: alpha
    before, steps = nuke._graph(), nuke.Undo.undoSize()
    path = NukeHost(node).write_seed("Roto1", plate(node), 1001, tmp_path)
    seed = oiio.ImageBuf(str(path)).get_pixels()
    shape = oiio.ImageBuf(str(folder.plate_file(1001))).get_pixels().shape
    assert seed.shape[:2] == shape[:2]
    assert seed[-30:, :20, 3].min() == 1 and seed[..., 3].sum() == 600
    assert (nuke._graph(), nuke.Undo.undoSize()) == (before, steps)


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
