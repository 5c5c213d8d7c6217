"""What Blender shows as a plate, in files and frame numbers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from shown import new_strip, plate


def test_an_image_sequence_plays_at_its_own_numbers(blender, sequence, matted):
    found = plate(blender, "IMAGE", "plate")
    assert (found.spec, str(found.frames), found.offset) == (matted.plate, "1001-1005", 0)
    assert found.colorspace is None and found.source == "plate"


def test_a_colour_space_that_is_not_the_file_s_is_said(blender, sequence):
    sequence.colorspace_settings.name = "ACEScg"
    assert plate(blender, "IMAGE", "plate").colorspace == "ACEScg"


@pytest.mark.parametrize(
    ("suffix", "blender_s", "ours"),
    [
        (".png", "sRGB", None),
        (".png", "Linear Rec.709", "Linear Rec.709 (sRGB)"),
        (".exr", "Linear Rec.709", None),
        (".exr", "sRGB", "sRGB - Texture"),
        (".dpx", "Linear Rec.709", None),
        (".mov", "Rec.1886", "Gamma 2.4 Encoded Rec.709"),
        (".tif", "Non-Color", "Raw"),
        (".exr", "Filmic Log", None),
    ],
)
def test_a_colour_space_is_said_where_the_file_s_format_says_another(blender, sequence, suffix, blender_s, ours):
    from stfam.plugin.blender_host import sources

    sequence.colorspace_settings.name = blender_s
    assert sources._opencolorio_name(sequence.colorspace_settings, suffix) == ours


@pytest.mark.parametrize("start", [1, 1001, 250], ids=["from 1", "own numbers", "anywhere"])
def test_a_clip_that_starts_anywhere_keeps_the_file_s_numbers(blender, matted, start):
    clip = blender.data.movieclips.load(matted.plate_file(1001))
    clip.frame_start = start
    found = plate(blender, "CLIP", clip.name)
    assert str(found.frames) == "1001-1005" and found.offset == start - 1001


def test_a_clip_that_skips_frames_plays_them_earlier(blender, matted, render):
    clip = blender.data.movieclips.load(matted.plate_file(1001))
    clip.frame_start, clip.frame_offset = 50, 2
    assert plate(blender, "CLIP", clip.name).offset == 50 - 1003
    blender.ops.stfam.open_plate(kind="CLIP", name=clip.name, window=0, matte=matted.matte)
    blender.ops.stfam.import_result()
    assert matted.difference(render(50), matted.plate_file(1003), 1003) < 1 / 255
    assert matted.difference(render(52), matted.plate_file(1005), 1005) < 1 / 255


def test_a_trimmed_strip_shows_the_middle_of_its_files(blender, matted):
    strip = new_strip(blender, matted)
    strip.frame_offset_start, strip.frame_offset_end = 1, 2
    found = plate(blender, "STRIP", "shot")
    assert str(found.frames) == "1002-1003" and found.offset == 10 - 1001


def test_a_compositor_node_says_when_its_files_play(blender, sequence):
    from stfam.plugin.blender_host import compat

    node = compat.compositor_tree(blender.context.scene).nodes.new("CompositorNodeImage")
    node.name, node.image = "Read", sequence
    node.frame_start, node.frame_offset, node.frame_duration = 51, 1001, 3
    found = plate(blender, "NODE", "Read")
    assert str(found.frames) == "1002-1004" and found.offset == 51 - 1002


def test_a_movie_counts_from_1(blender, matted, tmp_path):
    scene = blender.context.scene
    strip = new_strip(blender, matted, start=1)
    scene.frame_start, scene.frame_end = 1, 5
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # since 5.0
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    scene.render.ffmpeg.format = "MPEG4"
    scene.render.filepath = str(tmp_path / "m.mp4")
    scene.render.use_file_extension = False
    blender.ops.render.render(animation=True)
    blender.context.scene.sequence_editor.strips.remove(strip)
    movie = scene.sequence_editor.strips.new_movie("movie", str(tmp_path / "m.mp4"), 1, 101)
    movie.frame_offset_start = 2
    found = plate(blender, "STRIP", "movie")
    assert str(found.frames) == "3-5" and found.offset == 100
    clip = blender.data.movieclips.load(str(tmp_path / "m.mp4"))
    clip.frame_start, clip.frame_offset = 50, 2
    assert plate(blender, "CLIP", clip.name).offset == 50 - 3
    image = blender.data.images.load(str(tmp_path / "m.mp4"))
    assert str(plate(blender, "IMAGE", image.name).frames) == "1-5"


@pytest.fixture
def image_editor(blender):
    """The one area of the window as an image editor, and a function that calls something from it."""
    window = blender.context.window
    area = window.screen.areas[0]
    area.type = "IMAGE_EDITOR"
    region = next(region for region in area.regions if region.type == "WINDOW")

    def called(act):
        with blender.context.temp_override(window=window, area=area, region=region, space_data=area.spaces.active):
            return act(area.spaces.active)

    return called


def opened_by_blender(blender, matted, image_editor):
    names = [{"name": f"plate.{frame}.exr"} for frame in matted.frames]
    image_editor(
        lambda space: blender.ops.image.open(
            filepath=matted.plate_file(1001),
            directory=f"{matted.folder}/",
            files=names,
            use_sequence_detection=True,
            use_udim_detecting=False,
        )
    )
    return image_editor(lambda space: space.image.name)


def test_an_image_that_blender_opened_plays_where_its_editor_plays_it(
    blender, matted, roto, image_editor, render, tmp_path
):
    name = opened_by_blender(blender, matted, image_editor)
    ops = blender.ops.stfam
    image_editor(lambda space: ops.open_plate(kind="IMAGE", name=name, window=0, matte=matted.matte))
    blender.context.scene.frame_set(2)
    ops.add_key(seed="roto")
    assert current().session.plate.offset == 1 - 1001
    assert [key.frame for key in current().session.shot.keys] == [1002]
    ops.import_result()
    assert matted.difference(render(3), matted.plate_file(1003), 1003) < 1 / 255


def test_an_image_that_its_editor_plays_again_takes_its_matte_along(
    blender, matted, image_editor, render, opened_result
):
    name = opened_by_blender(blender, matted, image_editor)

    def cyclic(space):
        space.image_user.frame_duration, space.image_user.use_cyclic = 4, True
        return opened_result("IMAGE", name, frames="1001-1004")

    image_editor(cyclic)()
    assert matted.difference(render(7), matted.plate_file(1003), 1003) < 1 / 255


def test_an_editor_that_plays_none_of_the_files_says_nothing(blender, sequence, image_editor):
    from stfam.plugin.blender_host import editors

    def looked_at(space):
        space.image = sequence
        space.image_user.frame_start, space.image_user.frame_offset, space.image_user.frame_duration = 1, 47, 6
        return editors.playback("plate", blender.context), editors.playback("another", blender.context)

    from stfam.plugin.blender_host import sources

    found, other = image_editor(looked_at)
    assert (found.files, found.offset, other) == (range(48, 54), -47, None)
    assert sources.plate("IMAGE", "plate", blender.context.scene, found).offset == 0


def current():
    from stfam.plugin.blender_host.runner import current

    return current


@pytest.fixture
def edit(blender, matted):
    """A scene with a strip that the sequencer shows, while the window shows another scene."""
    from stfam.plugin.blender_host import compat

    if not compat.NEW:
        pytest.skip("the sequencer has no scene of its own before 5.0")
    scene = blender.data.scenes.new("edit")
    strips = scene.sequence_editor_create().strips
    strip = strips.new_image("shot", matted.plate_file(1001), 2, 50)
    for frame in list(matted.frames)[1:]:
        strip.elements.append(f"plate.{frame}.exr")
    scene.sequence_editor.active_strip = strip
    blender.context.workspace.sequencer_scene = scene
    return scene


def test_the_sequencer_s_own_scene_holds_the_strip(blender, matted, edit, roto):
    from stfam.plugin.blender_host import selection

    space = SimpleNamespace(type="SEQUENCE_EDITOR")
    context = SimpleNamespace(space_data=space, workspace=blender.context.workspace, scene=blender.context.scene)
    assert selection.plate_in(context) == ("STRIP", "shot")
    blender.ops.stfam.open_plate(kind="STRIP", name="shot", window=0, matte=matted.matte)
    edit.frame_set(52)
    blender.ops.stfam.add_key(seed="roto")
    assert [key.frame for key in current().session.shot.keys] == [1003]
    blender.ops.stfam.import_result()
    assert [strip.name for strip in edit.sequence_editor.strips] == ["shot", "shot matte"]
    assert "stfam_shots" in edit and "stfam_shots" not in blender.context.scene


def test_a_strip_of_the_window_s_scene_is_found_beside_the_sequencer_s(blender, matted, edit):
    strips = blender.context.scene.sequence_editor_create().strips
    strips.new_image("here", matted.plate_file(1001), 1, 1)
    blender.ops.stfam.open_plate(kind="STRIP", name="here", window=0, matte=matted.matte)
    assert current().host.scene == blender.context.scene


def test_looking_for_a_plate_makes_nothing(blender):
    scene = blender.context.scene
    scene.sequence_editor_clear()
    for kind, what in (("NODE", "compositor node"), ("STRIP", "strip")):
        with pytest.raises(RuntimeError, match=f"no {what} named 'nope'; there are: none"):
            blender.ops.stfam.open_plate(kind=kind, name="nope")
    assert scene.compositing_node_group is None and not blender.data.node_groups
    assert scene.sequence_editor is None
