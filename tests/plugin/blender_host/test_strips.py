"""Strips whose files do not lie one a frame under what they show: cut hard, held at their ends, at other speeds."""

from __future__ import annotations

import pytest

from stfam.plugin.host.interface import HostError


def strip_plate(blender, name):
    from stfam.plugin.blender_host import sources

    return sources.plate("STRIP", name, blender.context.scene)


def cut_at(matted, alpha, shown):
    """Whether the strip is cut out by the mattes of these frames, by the scene's frame."""
    for frame, number in shown.items():
        wanted = alpha_of(matted.matte_file(number))
        assert abs(alpha(frame) - wanted).max() < 1e-3, f"frame {frame} is not cut out by the matte of {number}"
    return True


def alpha_of(path):
    import bpy
    import numpy

    image = bpy.data.images.load(path, check_existing=False)
    pixels = numpy.array(image.pixels[:]).reshape(image.size[1], image.size[0], 4)[..., 0]
    bpy.data.images.remove(image)
    return pixels


def test_both_parts_of_a_hard_cut_are_cut_out_at_their_frames(blender, strip, matted, alpha, opened_result):
    right = strip.split(frame=12, split_method="HARD")
    assert [str(strip_plate(blender, part.name).frames) for part in (strip, right)] == ["1001-1002", "1003-1005"]
    for part in (strip, right):
        opened_result("STRIP", part.name)()
    assert cut_at(matted, alpha, {11: 1002, 12: 1003, 14: 1005})


@pytest.mark.parametrize("hard", [False, True], ids=["whole", "cut hard"])
def test_a_matte_is_held_where_its_strip_is(blender, strip, matted, alpha, opened_result, hard):
    if hard:
        strip.animation_offset_start = 2
        strip.frame_start = 10  # which Blender 5.2 moves along
    strip.frame_offset_start, strip.frame_offset_end = -2, -3
    first, last = (1003, 12) if hard else (1001, 14)
    assert str(strip_plate(blender, "shot").frames) == f"{first}-1005"
    opened_result("STRIP", "shot")()
    assert cut_at(matted, alpha, {8: first, 10: first, last: 1005, last + 3: 1005})


def test_one_file_may_be_held_for_long(blender, strip, matted, alpha, opened_result):
    strip.frame_offset_start, strip.frame_offset_end = -6, 6
    assert (strip.frame_final_start, strip.frame_final_end) == (4, 9)
    assert str(strip_plate(blender, "shot").frames) == "1001"
    opened_result("STRIP", "shot")()
    assert cut_at(matted, alpha, {4: 1001, 8: 1001})


@pytest.mark.parametrize(("cut", "length", "offset"), [(0, 2, 1), (2, 1, -1)], ids=["one end", "both ends"])
def test_a_held_movie_of_mattes_is_cut_as_its_strip(
    blender, strip, matted, movie_matte, opened_result, cut, length, offset
):
    strip.animation_offset_start, strip.animation_offset_end, strip.frame_start = 2, cut, 10
    strip.frame_offset_start, strip.frame_offset_end = -2, offset
    opened_result("STRIP", "shot", frames="1002-1004", matte=movie_matte)()
    made = blender.context.scene.sequence_editor.strips["shot matte"]
    assert (made.animation_offset_start, made.frame_start, made.frame_duration) == (1, 10, length)
    assert (made.frame_final_start, made.frame_final_end) == (8, 12)


def test_mattes_of_some_frames_are_not_held_over_others(blender, strip, matted, alpha, opened_result):
    opened_result("STRIP", "shot", frames="1002-1004")()
    made = blender.context.scene.sequence_editor.strips["shot matte"]
    assert (made.frame_final_start, made.frame_final_end) == (11, 14)


def test_a_gap_between_mattes_is_refused_where_the_strip_shows_it(blender, strip, opened_result):
    bring = opened_result("STRIP", "shot", frames="1001,1003-1005")
    with pytest.raises(HostError, match="has no matte of 1002, and Blender shows nothing"):
        bring()
    assert [found.name for found in blender.context.scene.sequence_editor.strips] == ["shot"]
    strip.frame_offset_start = 2
    assert "holds the matte" in bring()


def test_a_strobed_strip_is_refused(blender, strip):
    strip.strobe = 2
    with pytest.raises(HostError, match="retimed, reversed or strobed"):
        strip_plate(blender, "shot")


def test_a_strip_in_the_uppermost_channel_is_said(blender, strip, opened_result):
    strip.channel = 128
    with pytest.raises(HostError, match="No channel above the strip shot is free"):
        opened_result("STRIP", "shot")()
    assert len(strip.modifiers) == 0


@pytest.fixture
def added_movie(blender, movie_matte):
    """A function that adds a movie of 23.976 frames a second as Blender's operator does, to a scene of some rate."""
    scene, window = blender.context.scene, blender.context.window
    scene.sequence_editor_create()
    if blender.app.version >= (5, 0):
        blender.context.workspace.sequencer_scene = scene
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"

    def added(rate, adjust):
        scene.render.fps, scene.render.fps_base = rate
        with blender.context.temp_override(window=window, area=area):
            blender.ops.sequencer.movie_strip_add(
                filepath=movie_matte, frame_start=10, channel=2, sound=False, use_framerate=False,
                adjust_playback_rate=adjust,
            )  # fmt: skip
        return scene.sequence_editor.strips[-1]

    return added


@pytest.mark.parametrize("rate", [(30, 1), (25, 1), (24, 1)], ids=["30", "25", "24"])
def test_a_movie_at_the_scene_s_rate_is_refused(blender, added_movie, rate):
    strip = added_movie(rate, True)
    before = strip.frame_duration, blender.context.scene.render.fps_base
    with pytest.raises(HostError, match="a movie of 23.976 frames a second.* Set the scene to the movie's rate"):
        strip_plate(blender, strip.name)
    assert (strip.frame_duration, blender.context.scene.render.fps_base) == before


@pytest.mark.parametrize(("rate", "adjust"), [((24, 1.001), True), ((30, 1), False)], ids=["same rate", "not adjusted"])
def test_a_movie_that_plays_a_frame_a_frame_is_opened(blender, added_movie, rate, adjust):
    found = strip_plate(blender, added_movie(rate, adjust).name)
    assert (found.frames.frames[:2], found.offset) == ((1, 2), 9)
