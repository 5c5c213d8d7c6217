"""Mattes whose files or datablocks Blender has its own way with: layers, numbers in names, libraries."""

from __future__ import annotations

import pytest

from stfam.plugin.host.interface import HostError

TOLERANCE = 1 / 255

ADD_CHANNELS = """
import sys, numpy as np, OpenImageIO as oiio
names = sys.argv[3:]
plate = oiio.ImageBuf(sys.argv[1]).get_pixels(oiio.FLOAT)[..., :3]
pixels = np.zeros((*plate.shape[:2], len(names)), np.float32)
pixels[..., :3] = plate
spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], len(names), "half")
spec.channelnames = names
output = oiio.ImageOutput.create(sys.argv[2])
assert output.open(sys.argv[2], spec) and output.write_image(pixels) and output.close()
"""


PREMULTIPLY = """
import sys, OpenImageIO as oiio
image = oiio.ImageBuf(sys.argv[1])
pixels = image.get_pixels(oiio.FLOAT)
pixels[..., :3] *= pixels[..., 3:]
image.set_pixels(image.roi, pixels)
assert image.write(sys.argv[2])
"""


def test_mattes_of_another_size_than_blender_shows_of_the_plate_are_refused(blender, sequence, opened_result, tmp_path):
    image = blender.data.images.new("matte", 100, 70)
    image.save(filepath=str(tmp_path / "m.1001.png"))
    with pytest.raises(HostError, match=r"have 100x70 pixels, and Blender shows 96x64 of the plate.*name\.####\.exr"):
        opened_result("IMAGE", "plate", "1001", str(tmp_path / "m.####.png"))()
    assert "stfam plate" not in blender.data.node_groups


def test_a_premultiplied_foreground_of_display_colours_is_divided_before_they_are_converted(
    blender, sequence, matted, run_in_stfam, alpha, opened_result, tmp_path
):
    sequence.colorspace_settings.name = "sRGB"
    run_in_stfam(PREMULTIPLY, matted.foreground.replace("####", "1003"), str(tmp_path / "fg.1003.exr"))
    shown = []
    for foreground, premultiplied in ((matted.foreground, False), (str(tmp_path / "fg.####.exr"), True)):
        opened_result("IMAGE", "plate", frames="1003", foreground=foreground, premultiplied=premultiplied)()
        node = blender.context.scene.compositing_node_group.nodes["stfam plate"]
        node.inputs["Clean Foreground"].default_value = True
        shown.append(alpha(1003, channel=0))
    assert abs(shown[1] - shown[0]).max() < TOLERANCE


CHANNELS = {
    "layers": "R G B depth.Z motion.u",
    "Blender's layers": "Sky.Combined.R Sky.Combined.G Sky.Combined.B Sky.Combined.A Sky.Depth.Z",
    "empty alpha": "R G B A",
}


@pytest.fixture(params=CHANNELS.values(), ids=CHANNELS)
def layered(request, blender, matted, run_in_stfam, tmp_path):
    """One frame of the plate with channels of zeros after its colours, as an image datablock."""
    path = str(tmp_path / "layered.1003.exr")
    run_in_stfam(ADD_CHANNELS, matted.plate_file(1003), path, *request.param.split())
    image = blender.data.images.load(path)
    image.source, image.name = "SEQUENCE", "layered"
    return image


def test_a_mask_is_drawn_over_the_whole_of_a_plate_with_layers(blender, layered, roto, tmp_path):
    from stfam.plugin.blender_host.host import BlenderHost

    host = BlenderHost("IMAGE", "layered")
    drawn = blender.data.images.load(str(host.write_seed("roto", host.plate(), 1003, tmp_path)))
    assert tuple(drawn.size) == (96, 64)


def test_of_a_plate_s_channels_its_colours_are_cut_out(blender, layered, matted, render, opened_result):
    opened_result("IMAGE", "layered", frames="1003")()
    assert matted.difference(render(1003), matted.plate_file(1003), 1003) < TOLERANCE


@pytest.mark.parametrize("name", ["m.####_v2.exr", "m.%04d.v02.exr"])
def test_another_number_that_blender_would_count_is_refused(blender, sequence, matted, opened_result, tmp_path, name):
    pattern = str(tmp_path / name)
    with pytest.raises(RuntimeError, match="takes the last number of a file's name"):
        blender.ops.stfam.open_plate(kind="IMAGE", name="plate", matte=pattern)
    with pytest.raises(HostError, match="takes the last number of a file's name"):
        opened_result("IMAGE", "plate", matte=pattern)()
    assert not blender.data.node_groups


@pytest.mark.parametrize("name", ["m_v2.####.exr", "2.%04d.exr", "m.####.v.exr", "m2.mov"])
def test_a_number_that_blender_counts_is_taken(blender, name):
    from stfam.plugin.blender_host.sequences import check_counted

    check_counted(f"/shot_9/{name}")


def test_a_strip_names_its_files_whatever_their_numbers(blender, strip, matted, alpha, opened_result, tmp_path):
    for frame in matted.frames:
        (tmp_path / f"m.{frame}_v2.exr").symlink_to(matted.matte_file(frame))
    before = alpha(12)
    opened_result("STRIP", "shot", matte=str(tmp_path / "m.####_v2.exr"))()
    assert before.min() == 1 and alpha(12).min() == 0


def test_numbers_beyond_those_that_blender_counts_are_refused(blender, matted, opened_result, tmp_path):
    """As of film scans that are numbered by the time of the day."""
    for name, file in (("p", matted.plate_file(1001)), ("m", matted.matte_file(1001))):
        (tmp_path / f"{name}.1200000.exr").symlink_to(file)
    clip = blender.data.movieclips.load(str(tmp_path / "p.1200000.exr"))
    with pytest.raises(HostError, match=r"up to 1048574 .* the numbers 1200000. Write a movie"):
        opened_result("CLIP", clip.name, frames="1200000", matte=str(tmp_path / "m.#######.exr"))()
    assert not blender.data.node_groups


def test_a_foreground_that_is_not_there_is_said(blender, sequence, opened_result, tmp_path):
    with pytest.raises(HostError, match=r"fg.1001.exr is not there. Matte its frame again"):
        opened_result("IMAGE", "plate", foreground=str(tmp_path / "fg.####.exr"))()
    assert not blender.data.node_groups


def test_a_foreground_that_is_written_no_more_is_shown_no_more(blender, sequence, matted, render, opened_result):
    opened_result("IMAGE", "plate", foreground=matted.foreground)()
    opened_result("IMAGE", "plate")()
    blender.context.scene.compositing_node_group.nodes["stfam plate"].inputs["Clean Foreground"].default_value = True
    assert matted.difference(render(1002), matted.plate_file(1002), 1002) < TOLERANCE
    opened_result("IMAGE", "plate", foreground=matted.foreground)()
    assert matted.difference(render(1002), matted.foreground.replace("####", "1002"), 1002) < TOLERANCE


@pytest.fixture
def link(blender, sequence, matted, opened_result, tmp_path):
    """A function that links datablocks from a file with a plate, its clip and its mattes into an empty file."""
    clip = blender.data.movieclips.load(matted.plate_file(1001))
    clip.name, clip.frame_start, clip.use_fake_user = "clip", 1001, True
    opened_result("IMAGE", "plate")()
    library = str(tmp_path / "library.blend")
    blender.ops.wm.save_as_mainfile(filepath=library)
    blender.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)

    def linked(**names):
        with blender.data.libraries.load(library, link=True) as (_, wanted):
            for kind, name in names.items():
                setattr(wanted, kind, [name])
        return blender.context.scene

    return linked


def test_mattes_of_a_linked_plate_are_this_file_s(blender, link, opened_result):
    link(images="plate", node_groups="stfam plate")
    opened_result("IMAGE", "plate")()
    ours = next(group for group in blender.data.node_groups if group.name == "stfam plate" and not group.library)
    assert ours.nodes["Matte"].image.library is None and ours.nodes["Plate"].image.library is not None


def test_our_group_from_a_library_is_copied_before_it_is_changed(blender, link, opened_result):
    from stfam.plugin.blender_host import compat

    scene = link(images="plate", node_groups="stfam plate")
    node = compat.compositor_tree(scene).nodes.new("CompositorNodeGroup")
    node.node_tree = blender.data.node_groups["stfam plate"]
    opened_result("IMAGE", "plate", frames="1001-1002")()
    assert node.node_tree.library is None and node.node_tree.nodes["Matte"].frame_duration == 2


def test_a_compositor_from_a_library_is_left_alone(blender, link, opened_result):
    from stfam.plugin.blender_host import compat

    if not compat.NEW:
        pytest.skip("a scene's compositor is no datablock of its own before 5.0")
    scene = link(images="plate", node_groups="Compositing Nodes")
    scene.compositing_node_group = blender.data.node_groups["Compositing Nodes"]
    with pytest.raises(HostError, match=r"linked from .*library.blend, .* Make it local"):
        opened_result("IMAGE", "plate")()


def test_a_clip_from_a_library_is_left_alone(blender, link, opened_result):
    link(movieclips="clip")
    with pytest.raises(HostError, match=r"clip is linked from .*library.blend"):
        opened_result("CLIP", "clip")()
    assert not blender.data.node_groups and len(blender.data.movieclips) == 1


def test_what_overrides_a_library_is_left_alone(blender, link, opened_result):
    link(movieclips="clip")
    blender.data.movieclips["clip"].override_create().name = "ours"
    with pytest.raises(HostError, match=r"ours overrides one from .*library.blend, .* Make it local"):
        opened_result("CLIP", "ours")()
    assert not blender.data.node_groups
