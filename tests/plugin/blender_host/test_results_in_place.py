"""Where mattes lie in time and in the picture: movies that count from 1, and strips that were transformed."""

from __future__ import annotations

import pytest

from stfam.plugin.host.interface import HostError


def nearest(matted, picture):
    """The frame whose matte an alpha is most like."""
    import bpy
    import numpy

    differences = {}
    for frame in matted.frames:
        image = bpy.data.images.load(matted.matte_file(frame), check_existing=False)
        pixels = numpy.array(image.pixels[:]).reshape(image.size[1], image.size[0], 4)[..., 0]
        bpy.data.images.remove(image)
        differences[frame] = abs(pixels - picture).mean()
    found = min(differences, key=differences.get)
    assert differences[found] < 0.01
    return found


def test_a_movie_of_mattes_begins_at_the_first_of_its_frames(
    blender, sequence, matted, movie_matte, alpha, opened_result
):
    opened_result("IMAGE", "plate", frames="1002-1004", matte=movie_matte)()
    matte = blender.data.node_groups["stfam plate"].nodes["Matte"]
    assert (matte.frame_start, matte.frame_offset, matte.frame_duration) == (1002, 0, 3)
    assert [nearest(matted, alpha(frame)) for frame in (1002, 1004)] == [1002, 1004]


def test_a_foreground_movie_begins_there_too(blender, sequence, matted, movie_matte, opened_result):
    opened_result("IMAGE", "plate", frames="1002-1004", foreground=movie_matte)()
    shown = blender.data.node_groups["stfam plate"].nodes["Foreground"]
    assert (shown.frame_start, shown.frame_offset, shown.frame_duration) == (1002, 0, 3)


def test_a_strip_s_movie_of_mattes_lies_over_its_frames(blender, strip, matted, movie_matte, alpha, opened_result):
    strip.frame_offset_start, strip.frame_offset_end = 1, 1
    opened_result("STRIP", "shot", frames="1002-1004", matte=movie_matte)()
    made = blender.context.scene.sequence_editor.strips["shot matte"]
    assert (made.type, made.frame_final_start, made.frame_final_end) == ("MOVIE", 11, 14)
    assert [nearest(matted, alpha(frame)) for frame in (11, 13)] == [1002, 1004]


def test_a_clip_s_movie_of_mattes_starts_where_its_first_frame_is(blender, matted, movie_matte, alpha, opened_result):
    clip = blender.data.movieclips.load(matted.plate_file(1001))
    clip.name, clip.frame_start = "clip", 51
    opened_result("CLIP", "clip", frames="1002-1004", matte=movie_matte)()
    assert clip["stfam_matte"].frame_start == 52
    assert nearest(matted, alpha(53)) == 1003


@pytest.mark.parametrize("frames", ["1001-1005", "1001,1003,1005"], ids=["too few", "gaps"])
def test_a_movie_whose_frames_cannot_be_told_is_refused(blender, sequence, movie_matte, opened_result, frames):
    with pytest.raises(HostError, match="has 3 frames, .*Matte the whole range again"):
        opened_result("IMAGE", "plate", frames=frames, matte=movie_matte)()
    assert not blender.data.node_groups


TRANSFORMS = {
    "larger": {"scale_x": 2, "scale_y": 2},
    "smaller": {"scale_x": 0.5, "scale_y": 0.5},
    "moved": {"offset_x": 20, "offset_y": -7},
    "turned": {"rotation": 0.4, "origin": (0.2, 0.3)},
    "cropped": {"crop": {"min_x": 30, "max_y": 10}, "offset_x": 8},
    "flipped": {"flip": (True, False), "offset_x": 12},
    "all of it": {
        "scale_x": 1.5, "scale_y": 1.2, "rotation": 0.3, "offset_x": 11, "crop": {"min_x": 20}, "flip": (True, True),
    },
}  # fmt: skip


def lay(strip, values):
    strip.use_flip_x, strip.use_flip_y = values.get("flip", (False, False))
    for side in ("min_x", "max_x", "min_y", "max_y"):
        setattr(strip.crop, side, values.get("crop", {}).get(side, 0))
    for name, value in values.items():
        if name not in ("flip", "crop"):
            setattr(strip.transform, name, value)


@pytest.mark.parametrize("values", TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_transformed_strip_is_cut_where_its_subject_is(blender, strip, alpha, opened_result, values):
    """The reference is the matte as a picture of its own, transformed likewise."""
    scene = blender.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 192, 128
    opened_result("STRIP", "shot")()
    lay(strip, values)
    opened_result("STRIP", "shot")()
    found = alpha(12)
    made = scene.sequence_editor.strips["shot matte"]
    strip.modifiers[0].input_mask_strip = None
    strip.mute, made.mute, made.blend_type = True, False, "REPLACE"
    lay(made, values)
    wanted = alpha(12, channel=0)
    assert abs(found - wanted).mean() < 0.1 * wanted.mean()


@pytest.mark.parametrize("path", ["offset_x", "rotation"])
def test_an_animated_transform_is_refused(blender, strip, opened_result, path):
    strip.transform.keyframe_insert(path, frame=10)
    with pytest.raises(HostError, match="transform or crop of the strip shot is animated"):
        opened_result("STRIP", "shot")()
    assert [found.name for found in blender.context.scene.sequence_editor.strips] == ["shot"]


def test_strip_and_matte_in_an_animated_meta_strip_move_together(blender, strip, matted, alpha, opened_result):
    """The way out that the refusal names."""
    if blender.app.version < (5, 0):
        pytest.skip("meta strips that Python fills keep the length that they were made with")
    opened_result("STRIP", "shot")()
    still = alpha(12)
    assert nearest(matted, still) == 1003
    strips = blender.context.scene.sequence_editor.strips
    meta = strips.new_meta("both", 6, 10)
    for inner in (strip, strips["shot matte"]):
        inner.move_to_meta(meta)
    meta.frame_final_end = 15
    meta.blend_type = "ALPHA_OVER"
    for frame, offset in ((10, 0), (12, 16)):
        meta.transform.offset_x = offset
        meta.transform.keyframe_insert("offset_x", frame=frame)
    assert abs(alpha(12)[:, 16:] - still[:, :-16]).max() < 1e-3


def test_other_animation_is_none_of_ours(blender, strip, opened_result):
    strip.keyframe_insert("blend_alpha", frame=10)
    assert "holds the matte" in opened_result("STRIP", "shot")()


def test_a_node_that_begins_again_takes_its_matte_along(blender, sequence, matted, alpha, opened_result):
    from stfam.plugin.blender_host import compat

    node = compat.compositor_tree(blender.context.scene).nodes.new("CompositorNodeImage")
    node.name, node.image, node.use_cyclic = "Read", sequence, True
    node.frame_start, node.frame_offset, node.frame_duration = 1, 1000, 5
    with pytest.raises(HostError, match="is cyclic.* none of 1005. Matte"):
        opened_result("NODE", "Read", frames="1001-1004")()
    bring = opened_result("NODE", "Read")
    bring()
    assert [nearest(matted, alpha(frame)) for frame in (3, 8)] == [1003, 1003]
    node.use_cyclic = False
    bring()
    assert nearest(matted, alpha(8)) == 1005


def test_mattes_that_lie_beside_the_strip_are_said(blender, strip, opened_result):
    strip.frame_offset_start = 3
    with pytest.raises(HostError, match="The mattes are of 1001-1002, and the strip shot shows 1004-1005"):
        opened_result("STRIP", "shot", frames="1001-1002")()


def test_a_channel_that_is_taken_by_now_is_left_to_others(blender, strip, matted, opened_result):
    bring = opened_result("STRIP", "shot")
    bring()
    strips = blender.context.scene.sequence_editor.strips
    blocker = strips.new_image("blocker", matted.plate_file(1001), 3, 40)
    strip.frame_start = 40
    bring()
    assert strips["shot matte"].channel == 4 and blocker.channel == 3


COPY = """
import sys
from OpenImageIO import ImageBuf
image = ImageBuf(sys.argv[1])
image.specmod().attribute("oiio:UnassociatedAlpha", 1)
image.write(sys.argv[2], "uint16" if sys.argv[2].endswith("png") else "half")
"""


@pytest.mark.parametrize("space", ["AgX Log", "Linear Rec.709"])
@pytest.mark.parametrize("suffix", ["exr", "png"])
def test_a_matte_is_the_same_in_each_colour_space_of_the_sequencer(
    blender, strip, matted, alpha, opened_result, run_in_stfam, tmp_path, space, suffix
):
    blender.context.scene.sequencer_colorspace_settings.name = space
    path = str(tmp_path / f"m.1003.{suffix}")
    run_in_stfam(COPY, matted.matte_file(1003), path)
    opened_result("STRIP", "shot", frames="1003", matte=path.replace("1003", "####"))()
    assert nearest(matted, alpha(12)) == 1003
