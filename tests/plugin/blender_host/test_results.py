"""Mattes in Blender's graphs, rendered by Blender and compared with the same comp made from the files."""

from __future__ import annotations

import pytest

from stfam.core.frame_range import FrameRange
from stfam.core.shot import Output, Shot
from stfam.plugin.host.interface import HostError, Placement

TOLERANCE = 1 / 255


def placement(host, matted, frames="1001-1005", **output):
    plate = host.plate()
    return Placement(plate, Shot(plate.spec, Output(matted.matte, **output)), FrameRange.parse(frames))


def blender_host(kind, name):
    from stfam.plugin.blender_host.host import BlenderHost

    return BlenderHost(kind, name)


def node_names(tree):
    return sorted(node.name for node in tree.nodes)


def test_the_compositor_cuts_the_plate_out_at_its_own_numbers(blender, sequence, matted, render):
    host = blender_host("IMAGE", "plate")
    assert "stfam plate" in host.place(placement(host, matted))
    for frame in (1001, 1004):
        assert matted.difference(render(frame), matted.plate_file(frame), frame) < TOLERANCE


def test_a_node_that_starts_elsewhere_stays_aligned(blender, sequence, matted, render):
    from stfam.plugin.blender_host import compat

    node = compat.compositor_tree(blender.context.scene).nodes.new("CompositorNodeImage")
    node.name, node.image = "Read", sequence
    node.frame_start, node.frame_offset, node.frame_duration = 1, 1000, 5
    host = blender_host("NODE", "Read")
    host.place(placement(host, matted))
    assert matted.difference(render(3), matted.plate_file(1003), 1003) < TOLERANCE


def test_mattes_of_some_frames_lie_at_these(blender, sequence, matted, render):
    host = blender_host("IMAGE", "plate")
    assert host.place(placement(host, matted, frames="1003-1004")).endswith("There is no matte of 1001-1002, 1005 yet.")
    assert matted.difference(render(1004), matted.plate_file(1004), 1004) < TOLERANCE


def test_the_matte_is_data_and_comes_out_by_itself(blender, sequence, matted):
    host = blender_host("IMAGE", "plate")
    host.place(placement(host, matted))
    group = blender.data.node_groups["stfam plate"]
    matte = group.nodes["Matte"]
    assert matte.image.colorspace_settings.name == "Non-Color"
    assert (matte.frame_start, matte.frame_offset, matte.frame_duration) == (1001, 1000, 5)
    assert [item.name for item in group.interface.items_tree if item.in_out == "OUTPUT"] == ["Image", "Matte", "Plate"]


@pytest.mark.parametrize("on", [False, True], ids=["plate", "foreground"])
def test_the_switch_shows_the_foreground_s_colours(blender, sequence, matted, render, on):
    host = blender_host("IMAGE", "plate")
    host.place(placement(host, matted, foreground=matted.foreground))
    blender.context.scene.compositing_node_group.nodes["stfam plate"].inputs["Clean Foreground"].default_value = on
    colour = matted.foreground.replace("####", "1002") if on else matted.plate_file(1002)
    assert matted.difference(render(1002), colour, 1002) < TOLERANCE


def test_a_premultiplied_foreground_is_not_multiplied_again(blender, sequence, matted, render):
    host = blender_host("IMAGE", "plate")
    host.place(placement(host, matted, foreground=matted.foreground, premultiplied=True))
    blender.context.scene.compositing_node_group.nodes["stfam plate"].inputs["Clean Foreground"].default_value = True
    colour = matted.foreground.replace("####", "1002")
    assert matted.difference(render(1002), colour, 1002, "as-is") < TOLERANCE


def test_a_foreground_has_the_plate_s_colours_in_any_colour_space(blender, sequence, matted, alpha):
    """Its files hold the plate's own values, whatever Blender takes their format for."""
    sequence.colorspace_settings.name = "sRGB"
    host = blender_host("IMAGE", "plate")
    host.place(placement(host, matted, foreground=matted.foreground))
    plate = alpha(1002, channel=0)
    blender.context.scene.compositing_node_group.nodes["stfam plate"].inputs["Clean Foreground"].default_value = True
    opaque = alpha(1002) == 1
    assert opaque.any() and abs(alpha(1002, channel=0) - plate)[opaque].max() < TOLERANCE


def test_placing_again_updates_and_doubles_nothing(blender, sequence, matted):
    host = blender_host("IMAGE", "plate")
    scene = blender.context.scene
    for frames in ("1001-1002", "1001-1005", "1001-1005"):
        host.place(placement(host, matted, frames=frames, foreground=matted.foreground))
    group = blender.data.node_groups["stfam plate"]
    assert group.nodes["Matte"].frame_duration == 5
    assert len(scene.compositing_node_group.nodes) == 2 and "stfam plate" in scene.compositing_node_group.nodes
    assert node_names(group) == [
        "Alpha", "Cut Foreground", "Cut Plate", "Foreground", "Input", "Matte", "Output", "Plate", "Switch",
    ]  # fmt: skip
    assert len(blender.data.images) - ("Render Result" in blender.data.images) == 3


def test_a_comp_of_the_artist_s_own_is_left_alone(blender, sequence, matted):
    from stfam.plugin.blender_host import compat

    tree = compat.compositor_tree(blender.context.scene)
    own = tree.nodes.new("CompositorNodeImage")
    tree.links.new(own.outputs["Image"], compat.output_node(tree).inputs[0])
    host = blender_host("IMAGE", "plate")
    host.place(placement(host, matted))
    assert compat.output_node(tree).inputs[0].links[0].from_node == own


def test_a_comp_without_an_output_gets_one(blender, sequence, matted, render, opened_result):
    if blender.app.version < (5, 0):
        pytest.skip("a compositor has no sockets of its own before 5.0")
    blender.context.scene.compositing_node_group = blender.data.node_groups.new("bare", "CompositorNodeTree")
    opened_result("IMAGE", "plate")()
    assert matted.difference(render(1003), matted.plate_file(1003), 1003) < TOLERANCE


def test_undo_restores_the_graph(blender, sequence, matted):
    host = blender_host("IMAGE", "plate")
    blender.ops.ed.undo_push(message="before")
    host.place(placement(host, matted))
    assert "stfam plate" in blender.data.node_groups
    blender.ops.ed.undo()
    assert "stfam plate" not in blender.data.node_groups
    assert blender.context.scene.compositing_node_group is None


@pytest.fixture
def trimmed(strip):
    strip.frame_offset_start, strip.frame_offset_end = 1, 1
    return strip


def test_the_sequencer_gets_a_matte_above_its_trimmed_source(blender, trimmed, matted, render):
    strips = blender.context.scene.sequence_editor.strips
    blocker = strips.new_image("blocker", matted.plate_file(1001), 3, 12)
    blocker.mute = True
    host = blender_host("STRIP", "shot")
    for _ in range(2):
        host.place(placement(host, matted, frames="1002-1004"))
    made = strips["shot matte"]
    assert sorted(found.name for found in strips) == ["blocker", "shot", "shot matte"]
    assert (made.channel, made.frame_final_start, made.frame_final_end) == (4, 11, 14)
    assert [element.filename for element in made.elements] == [f"matte.{frame}.exr" for frame in (1002, 1003, 1004)]
    assert len(strips["shot"].modifiers) == 1
    assert matted.difference(render(12), matted.plate_file(1003), 1003) < TOLERANCE


def test_mattes_of_more_than_the_strip_shows_are_trimmed(blender, trimmed, matted):
    host = blender_host("STRIP", "shot")
    host.place(placement(host, matted, frames="1001-1005"))
    made = blender.context.scene.sequence_editor.strips["shot matte"]
    assert (made.frame_final_start, made.frame_final_end) == (11, 14)


@pytest.mark.parametrize("kind", ["IMAGE", "STRIP"])
def test_a_timer_s_context_without_a_window_will_do(blender, sequence, strip, kind, opened_result):
    bring = opened_result(kind, {"IMAGE": "plate", "STRIP": "shot"}[kind])
    blender.ops.ed.undo_push(message="before")
    with blender.context.temp_override(window=None, area=None, region=None):
        assert bring()
    blender.ops.ed.undo()
    assert "stfam plate" not in blender.data.node_groups
    assert "shot matte" not in blender.context.scene.sequence_editor.strips


def test_a_strip_that_is_gone_is_said(blender, strip, matted):
    host = blender_host("STRIP", "shot")
    planned = placement(host, matted)
    blender.context.scene.sequence_editor.strips.remove(strip)
    with pytest.raises(HostError, match="There is no strip named .shot."):
        host.place(planned)


def test_a_clip_is_linked_to_its_matte(blender, matted, render):
    clip = blender.data.movieclips.load(matted.plate_file(1001))
    clip.name, clip.frame_start = "clip", 1001
    host = blender_host("CLIP", "clip")
    for _ in range(2):
        host.place(placement(host, matted))
    linked = blender.data.movieclips["clip"]["stfam_matte"]
    assert linked.name == "clip matte" and linked.frame_start == 1001
    assert linked.colorspace_settings.name == "Non-Color" and len(blender.data.movieclips) == 2
    assert matted.difference(render(1004), matted.plate_file(1004), 1004) < TOLERANCE
