"""What Blender shows that is no plate, and what is said of it."""

from __future__ import annotations

import pytest
from shown import new_strip, plate

from stfam.plugin.host.interface import HostError


def still(blender, matted):
    image = blender.data.images.load(matted.plate_file(1001))
    return "IMAGE", image.name


def new_effect(blender, kind, channel, of=None):
    strips = blender.context.scene.sequence_editor_create().strips
    if blender.app.version >= (5, 0):
        return strips.new_effect(kind, kind, channel, 10, length=5, input1=of)
    return strips.new_effect(kind, kind, channel, 10, frame_end=15, seq1=of)


def text_strip(blender, matted):
    return "STRIP", new_effect(blender, "TEXT", 1).name


def reversed_strip(blender, matted):
    strip = new_strip(blender, matted)
    strip.use_reverse_frames = True
    return "STRIP", strip.name


def skipping_strip(blender, matted):
    strip = new_strip(blender, matted)
    strip.elements.pop(1)
    return "STRIP", strip.name


def sped_up(blender, matted):
    strip = new_strip(blender, matted)
    new_effect(blender, "SPEED", 4, new_effect(blender, "GLOW", 3, strip))
    return "STRIP", strip.name


def with_two_eyes(blender, matted):
    strip = new_strip(blender, matted)
    strip.use_multiview = blender.context.scene.render.use_multiview = True
    return "STRIP", strip.name


def node_with_two_eyes(blender, matted):
    from stfam.plugin.blender_host import compat

    image = blender.data.images.load(matted.plate_file(1001))
    image.source, image.use_multiview = "SEQUENCE", True
    node = compat.compositor_tree(blender.context.scene).nodes.new("CompositorNodeImage")
    node.image, blender.context.scene.render.use_multiview = image, True
    return "NODE", node.name


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
        (sped_up, "retimed by the effect SPEED.* into a meta strip and add the effect to it"),
        (with_two_eyes, "shot is stereoscopic"),
        (node_with_two_eyes, "plate.1001.exr is stereoscopic"),
        (inside_a_meta_strip, "lies in the meta strip meta"),
        (numbered_amid_its_name, r"shows eye.1001_L.exr. Name its files with the frame number last"),
        (damaged, "Blender finds no frames in"),
        (unsaved, "not in a file"),
        (lambda blender, matted: ("CLIP", "nope"), "no movie clip named 'nope'"),
        (lambda blender, matted: ("NODE", "nope"), "no compositor node named 'nope'"),
        (lambda blender, matted: ("MOVIE", "nope"), "'MOVIE' is no kind of plate; choose one of IMAGE, CLIP"),
    ],
    ids=[
        "still",
        "text",
        "reversed",
        "skipping",
        "speed",
        "eyes",
        "node-eyes",
        "meta",
        "amid",
        "damaged",
        "unsaved",
        "clip",
        "node",
        "kind",
    ],
)
def test_what_is_no_plate_is_said_in_a_sentence(blender, matted, make, sentence):
    with pytest.raises(HostError, match=sentence):
        plate(blender, *make(blender, matted))
