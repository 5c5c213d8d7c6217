"""Mattes that are imported again after something was moved, renamed, copied or relinked; rendered by Blender."""

from __future__ import annotations

import shutil

import pytest

from stfam.plugin.host.interface import HostError

TOLERANCE = 1 / 255


def image_node(blender, scene, image, start):
    from stfam.plugin.blender_host import compat

    node = compat.compositor_tree(scene).nodes.new("CompositorNodeImage")
    node.name, node.image = "Read", image
    node.frame_start, node.frame_offset, node.frame_duration = start, 1000, 5
    return node


def our_groups(tree):
    return [node.node_tree for node in tree.nodes if node.bl_idname == "CompositorNodeGroup"]


def test_a_node_that_moved_since_takes_its_matte_along(blender, sequence, matted, render, opened_result):
    node = image_node(blender, blender.context.scene, sequence, 1)
    bring = opened_result("NODE", "Read")
    bring()
    node.frame_start = 31
    bring()
    assert matted.difference(render(33), matted.plate_file(1003), 1003) < TOLERANCE


def test_a_clip_that_moved_since_takes_its_matte_along(blender, matted, render, opened_result):
    clip = blender.data.movieclips.load(matted.plate_file(1001))
    clip.name, clip.frame_start = "clip", 10
    bring = opened_result("CLIP", "clip")
    bring()
    clip.frame_start = 30
    bring()
    assert clip["stfam_matte"].frame_start == 30
    assert matted.difference(render(32), matted.plate_file(1003), 1003) < TOLERANCE


def test_a_strip_that_moved_since_takes_its_matte_along(blender, strip, matted, render, opened_result):
    bring = opened_result("STRIP", "shot")
    bring()
    strip.frame_start = 40
    bring()
    made = blender.context.scene.sequence_editor.strips["shot matte"]
    assert (made.frame_final_start, made.frame_final_end) == (40, 45)
    assert matted.difference(render(42), matted.plate_file(1003), 1003) < TOLERANCE


def test_another_plate_in_its_place_is_said(blender, sequence, matted, opened_result, make_plates, tmp_path):
    bring = opened_result("IMAGE", "plate")
    make_plates(tmp_path / "other", 1001, 1)
    sequence.filepath = str(tmp_path / "other" / "plate.1001.exr")
    with pytest.raises(HostError, match="Open the plate again"):
        bring()


def test_two_scenes_have_a_group_each(blender, sequence, matted, render, opened_result):
    from stfam.plugin.blender_host.host import BlenderHost

    first, second = blender.context.scene, blender.data.scenes.new("second")
    for scene, start in ((first, 1), (second, 101)):
        image_node(blender, scene, sequence, start)
        opened_result("NODE", "Read", scene=scene.name)()
    assert matted.difference(render(3), matted.plate_file(1003), 1003) < TOLERANCE
    assert BlenderHost("NODE", "Read", "second").plate().offset == 101 - 1001
    assert len(our_groups(second.compositing_node_group)) == 1


def test_a_copied_scene_has_a_group_of_its_own_from_its_import_on(blender, sequence, matted, render, opened_result):
    from stfam.plugin.blender_host import compat

    first = blender.context.scene
    image_node(blender, first, sequence, 1)
    opened_result("NODE", "Read")()
    copy = first.copy()
    if compat.NEW:  # it is copied along before
        copy.compositing_node_group = first.compositing_node_group.copy()
    copy.compositing_node_group.nodes["Read"].frame_start = 101
    opened_result("NODE", "Read", scene=copy.name)()
    assert matted.difference(render(3), matted.plate_file(1003), 1003) < TOLERANCE
    (group,) = our_groups(copy.compositing_node_group)
    assert group.nodes["Matte"].frame_start == 101


def test_a_group_of_the_artist_s_in_two_scenes_keeps_ours(blender, sequence, opened_result):
    from stfam.plugin.blender_host import compat

    bring = opened_result("IMAGE", "plate")
    bring()
    first = blender.context.scene.compositing_node_group
    around = blender.data.node_groups.new("around", "CompositorNodeTree")
    around.nodes.new("CompositorNodeGroup").node_tree = blender.data.node_groups["stfam plate"]
    first.nodes.remove(first.nodes["stfam plate"])
    second = compat.compositor_tree(blender.data.scenes.new("second"))
    for tree in (first, second):
        tree.nodes.new("CompositorNodeGroup").node_tree = around
    bring()
    assert [group.name for group in blender.data.node_groups if "stfam" in group.name] == ["stfam plate"]


def test_a_relinked_plate_keeps_its_group(blender, sequence, matted, opened_result, tmp_path):
    opened_result("IMAGE", "plate")()
    moved = tmp_path / "moved"
    moved.mkdir()
    for frame in matted.frames:
        shutil.copyfile(matted.plate_file(frame), moved / f"plate.{frame}.exr")
    sequence.filepath, sequence.name = str(moved / "plate.1001.exr"), "renamed"
    opened_result("IMAGE", "renamed")()
    (group,) = our_groups(blender.context.scene.compositing_node_group)
    assert group["stfam_plate"] == str(moved / "plate.####.exr")


def test_images_of_an_older_version_are_gone(blender, sequence, matted, opened_result, tmp_path):
    opened_result("IMAGE", "plate", foreground=matted.foreground)()
    versions = (("matte", matted.folder / "out"), ("fg", matted.folder / "fg"))
    for name, folder in versions:
        shutil.copytree(folder, tmp_path / name)
    newer = {name: str(tmp_path / name / f"{name}.####.exr") for name, _ in versions}
    opened_result("IMAGE", "plate", matte=newer["matte"], foreground=newer["fg"])()
    assert sorted(image.filepath for image in blender.data.images) == sorted(
        [sequence.filepath, *(path.replace("####", "1001") for path in newer.values())]
    )


def test_nodes_of_the_group_may_be_renamed(blender, sequence, matted, opened_result):
    bring = opened_result("IMAGE", "plate", foreground=matted.foreground)
    bring()
    group = blender.data.node_groups["stfam plate"]
    for node in group.nodes:
        node.name = f"my {node.name}"
    blender.data.node_groups["stfam plate"].name = "hero"
    bring()
    assert len(group.nodes) == 9 and our_groups(blender.context.scene.compositing_node_group) == [group]


def test_a_group_that_lacks_a_node_is_said(blender, sequence, opened_result):
    bring = opened_result("IMAGE", "plate")
    bring()
    group = blender.data.node_groups["stfam plate"]
    group.nodes.remove(group.nodes["Matte"])
    with pytest.raises(HostError, match="has lost its node Matte"):
        bring()


def test_a_group_of_an_older_version_is_finished(blender, sequence, matted, render, opened_result):
    bring = opened_result("IMAGE", "plate")
    bring()
    group = blender.data.node_groups["stfam plate"]
    parts, switch, alpha = sorted(group.nodes.keys()), group.nodes["Switch"], group.nodes["Alpha"]
    group.nodes.remove(alpha)
    group.links.new(switch.outputs["Image"], group.nodes["Output"].inputs["Image"])
    bring()
    assert matted.difference(render(1003), matted.plate_file(1003), 1003) < TOLERANCE
    assert sorted(group.nodes.keys()) == parts


def test_renamed_strips_and_modifiers_are_known_again(blender, strip, opened_result):
    opened_result("STRIP", "shot")()
    strips = blender.context.scene.sequence_editor.strips
    strip.name, strips["shot matte"].name, strip.modifiers[0].name = "hero", "roto", "cut"
    opened_result("STRIP", "hero")()
    assert sorted(found.name for found in strips) == ["hero", "roto"]
    assert [mask.input_mask_strip.name for mask in strip.modifiers] == ["roto"]


def test_the_parts_of_a_split_strip_have_a_matte_each(blender, strip, matted, render, opened_result):
    opened_result("STRIP", "shot")()
    right = strip.split(frame=12, split_method="SOFT")
    opened_result("STRIP", "shot")()
    left_matte, right_matte = (part.modifiers[0].input_mask_strip for part in (strip, right))
    assert left_matte != right_matte
    assert (left_matte.frame_final_start, left_matte.frame_final_end) == (10, 12)
    for frame in (11, 13):
        assert matted.difference(render(frame), matted.plate_file(991 + frame), 991 + frame) < TOLERANCE


def test_a_copied_clip_has_a_matte_of_its_own(blender, matted, opened_result):
    clip = blender.data.movieclips.load(matted.plate_file(1001))
    clip.name, clip.frame_start = "clip", 1001
    opened_result("CLIP", "clip")()
    copy = clip.copy()
    copy.frame_start = 1
    opened_result("CLIP", copy.name)()
    assert (clip["stfam_matte"].frame_start, copy["stfam_matte"].frame_start) == (1001, 1)
