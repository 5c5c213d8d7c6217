"""Masks and painted images as trimap seeds."""

from __future__ import annotations

from array import array

import pytest

from stfam.plugin.host.interface import HostError


def seed(blender, name, path, frame=1001, size=(96, 64), aspect=1.0):
    """Write a seed and return its red channel as rows, the top one first."""
    from stfam.plugin.blender_host import seeds

    seeds.write_seed(name, seeds.Canvas(*size, aspect), frame, path)
    image = blender.data.images.load(str(path))
    image.colorspace_settings.is_data = True  # as the worker reads it
    values = array("f", bytes(4 * len(image.pixels)))
    image.pixels.foreach_get(values)
    width, height = image.size
    rows = [values[4 * row * width : 4 * (row + 1) * width : 4] for row in range(height)]
    assert (width, height) == tuple(size)
    return rows[::-1]


def test_a_mask_is_drawn_at_the_plate_s_size(blender, roto, tmp_path):
    rows = seed(blender, "roto", tmp_path / "m.exr")
    assert rows[32][20] == 1 and rows[32][60] == 0 and rows[5][20] == 0
    assert [scene.name for scene in blender.data.scenes] == [blender.context.scene.name]


def test_feather_is_a_soft_edge(blender, roto, tmp_path):
    for point in roto.layers[0].splines[0].points:
        point.weight = 0.7
    row = seed(blender, "roto", tmp_path / "m.exr")[32]
    assert 0 < min(value for value in row if value > 0) < 0.9 and max(row) == 1


@pytest.mark.parametrize(("aspect", "rows"), [(1, (13, 51)), (1.25, (8, 56)), (2, (0, 64))], ids=["1", "1.25", "2"])
def test_a_mask_is_drawn_over_the_plate_s_pixels(blender, roto, tmp_path, aspect, rows):
    """Blender's masks are square where the plate is shown, so that wide pixels spread them over more rows."""
    values = seed(blender, "roto", tmp_path / "m.exr", aspect=aspect)
    drawn = [row for row in range(64) if values[row][20] > 0]
    assert (drawn[0], drawn[-1] + 1) == rows


@pytest.mark.parametrize(("kind", "aspect"), [("IMAGE", 2.0), ("CLIP", 1.5), ("STRIP", 1.0)])
def test_the_plate_s_pixels_are_those_of_its_editor(blender, sequence, strip, matted, kind, aspect):
    from stfam.plugin.blender_host import sources

    sequence.display_aspect = (2, 1)
    clip = blender.data.movieclips.load(matted.plate_file(1001))
    clip.name, clip.display_aspect = "clip", (3, 2)
    name = {"IMAGE": "plate", "CLIP": "clip", "STRIP": "shot"}[kind]
    assert sources.pixel_aspect(kind, name, blender.context.scene) == pytest.approx(aspect)


def test_an_animated_mask_is_taken_at_its_frame(blender, roto, tmp_path):
    layer = roto.layers[0]
    for frame, alpha in ((1, 1.0), (11, 0.0)):
        layer.alpha = alpha
        layer.keyframe_insert("alpha", frame=frame)
    blender.context.scene.frame_set(5, subframe=0.5)
    assert seed(blender, "roto", tmp_path / "a.exr", frame=1)[32][20] == 1
    assert seed(blender, "roto", tmp_path / "b.exr", frame=11)[32][20] == 0
    assert blender.context.scene.frame_float == 5.5


@pytest.mark.parametrize("painted", ["colour", "alpha"])
def test_a_painted_image_keeps_its_values(blender, tmp_path, painted):
    image = blender.data.images.new("paint", 8, 4, alpha=painted == "alpha")
    values = array("f", [1.0, 1.0, 1.0, 1.0] * 32)
    for pixel, level in ((0, 0.0), (1, 128 / 255)):
        channels = [3] if painted == "alpha" else [0, 1, 2]
        for channel in channels:
            values[4 * pixel + channel] = level
    image.pixels.foreach_set(values)
    row = seed(blender, "paint", tmp_path / "p.exr", size=(8, 4))[-1]
    assert list(row[:3]) == pytest.approx([0, 128 / 255, 1], abs=1e-3)
    assert image.filepath == "" and image.source == "GENERATED"


GREY = """
import sys, numpy as np, OpenImageIO as oiio
output = oiio.ImageOutput.create(sys.argv[1])
output.open(sys.argv[1], oiio.ImageSpec(8, 4, 1, "uint16"))
output.write_image(np.full((4, 8, 1), 128 / 255, np.float32))
output.close()
"""


def test_a_file_of_16_bits_keeps_its_values(blender, tmp_path, run_in_stfam):
    path = str(tmp_path / "paint.png")
    run_in_stfam(GREY, path)
    assert blender.data.images.load(path).is_float  # so that Blender converts them
    rows = seed(blender, "paint.png", tmp_path / "p.exr", size=(8, 4))
    assert rows[0][0] == pytest.approx(128 / 255, abs=1e-3)


def test_an_image_of_another_size_than_the_plate_is_a_sentence(blender, tmp_path):
    blender.data.images.new("paint", 100, 100)
    with pytest.raises(HostError, match="paint has 100x100 pixels, and the plate 96x64"):
        seed(blender, "paint", tmp_path / "p.exr")
    assert not list(tmp_path.glob("*.exr"))


def test_a_sequence_is_no_seed(blender, sequence, tmp_path):
    with pytest.raises(HostError, match="plate has a picture for each frame"):
        seed(blender, "plate", tmp_path / "p.exr")


def test_a_seed_that_is_not_there_is_said_with_those_that_are(blender, roto, tmp_path):
    with pytest.raises(HostError, match=r"named 'nope'; there are: roto"):
        seed(blender, "nope", tmp_path / "n.exr")
