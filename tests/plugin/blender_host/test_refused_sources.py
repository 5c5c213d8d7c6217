"""What Blender shows that is no plate, and what is said of it."""

from __future__ import annotations

import pytest
from shown import new_strip, plate

from stfam.plugin.host.interface import HostError


def still(blender, matted):
    image = blender.data.images.load(matted.plate_file(1001))
    return "IMAGE", image.name


def text_strip(blender, matted):
    strips = blender.context.scene.sequence_editor_create().strips
    length = {"length": 10} if blender.app.version >= (5, 0) else {"frame_end": 11}
    return "STRIP", strips.new_effect("title", "TEXT", 1, 1, **length).name


def reversed_strip(blender, matted):
    strip = new_strip(blender, matted)
    strip.use_reverse_frames = True
    return "STRIP", strip.name


def skipping_strip(blender, matted):
    strip = new_strip(blender, matted)
    strip.elements.pop(1)
    return "STRIP", strip.name


def inside_a_meta_strip(blender, matted):
    strips = blender.context.scene.sequence_editor_create().strips
    strips.new_meta("meta", 1, 20).strips.new_image("inner", matted.plate_file(1001), 1, 20)
    return "STRIP", "inner"


def numbered_amid_its_name(blender, matted):
    image = blender.data.images.load(matted.plate_file(1001))
    image.source, image.filepath = "SEQUENCE", str(matted.folder / "eye.1001_L.exr")
    return "IMAGE", image.name


def damaged(blender, matted):
    image = blender.data.images.load(matted.plate_file(1001))
    image.source, image.filepath = "MOVIE", __file__
    return "IMAGE", image.name


def unsaved(blender, matted):
    return "IMAGE", blender.data.images.new("paint", 8, 8).name


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (still, "Image Sequence"),
        (text_strip, "image sequence or a movie"),
        (reversed_strip, "retimed, reversed or strobed"),
        (skipping_strip, "repeats or skips"),
        (inside_a_meta_strip, "lies in the meta strip meta"),
        (numbered_amid_its_name, r"shows eye.1001_L.exr. Name its files with the frame number last"),
        (damaged, "Blender finds no frames in"),
        (unsaved, "not in a file"),
        (lambda blender, matted: ("CLIP", "nope"), "no movie clip named 'nope'"),
        (lambda blender, matted: ("NODE", "nope"), "no compositor node named 'nope'"),
        (lambda blender, matted: ("MOVIE", "nope"), "'MOVIE' is no kind of plate; choose one of IMAGE, CLIP"),
    ],
    ids=["still", "text", "reversed", "skipping", "meta", "amid", "damaged", "unsaved", "clip", "node", "kind"],
)
def test_what_is_no_plate_is_said_in_a_sentence(blender, matted, make, sentence):
    with pytest.raises(HostError, match=sentence):
        plate(blender, *make(blender, matted))
