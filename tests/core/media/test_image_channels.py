"""Which part and channels of an image file are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import UnreadableFrameError
from stfam.core.media.image_file import read_image, read_meta

from .conftest import Image, ImageWriter


def _with(names: list[str]) -> Image:
    return np.stack([np.full((4, 6), i, np.float32) for i in range(len(names))], 2)


@pytest.mark.parametrize(
    ("names", "layer", "values"),
    [
        (["R", "G", "B", "A"], None, (0, 1, 2)),
        (["B", "G", "R", "Z"], None, (2, 1, 0)),
        (["diff.R", "diff.G", "diff.B", "R", "G", "B"], None, (3, 4, 5)),
        (["R", "G", "B", "diff.R", "diff.G", "diff.B"], "diff", (3, 4, 5)),
        (["R", "G", "B", "depth.Z"], "depth", (3, 3, 3)),
        (["Y"], None, (0, 0, 0)),
        (["I", "Y"], None, (1, 1, 1)),
        (["red", "green", "blue"], None, (0, 1, 2)),
        (["A"], None, (0, 0, 0)),
        (["R", "G", "B", "r", "g", "b"], None, (0, 1, 2)),
        (["R", "G", "B", "depth.A", "depth.Z"], "depth", (4, 4, 4)),
        ([f"Sky.{name}" for name in ("Depth.Z", "Combined.B", "Combined.G", "Combined.R")], None, (3, 2, 1)),
        (["Sky.Combined.R", "Sky.Combined.G", "Sky.Combined.B", "R", "G", "B"], None, (3, 4, 5)),
    ],
    ids=[
        "rgba",
        "any order",
        "beauty among layers",
        "layer",
        "one-channel layer",
        "luminance",
        "two greys",
        "spelled out",
        "alpha alone",
        "the first of two spellings",
        "layer with an alpha",
        "Blender's passes",
        "rgb beside Blender's",
    ],
)
def test_channels(
    tmp_path: Path, write_image: ImageWriter, names: list[str], layer: str | None, values: tuple[int, int, int]
) -> None:
    path = write_image(tmp_path / "a.exr", _with(names), names=names)
    assert tuple(read_image(path, layer).pixels[0, 0]) == pytest.approx(values)


def test_alpha_can_be_asked_for(tmp_path: Path, write_image: ImageWriter) -> None:
    path = write_image(tmp_path / "a.exr", _with(["R", "G", "B", "A"]), names=("R", "G", "B", "A"))
    assert (read_image(path, alpha=True).pixels == 3).all()
    path = write_image(tmp_path / "none.exr", _with(["R", "G", "B"]), names=("R", "G", "B"))
    assert tuple(read_image(path, alpha=True).pixels[0, 0]) == (0, 1, 2)


def test_the_first_of_blender_s_layers_is_read(tmp_path: Path, write_parts: ImageWriter) -> None:
    parts = {f"{name}.Combined": _with([*"RGBA"]) + i for i, name in enumerate(("Sky", "Composite"))}
    path = write_parts(tmp_path / "a.exr", parts, True, dict.fromkeys(parts, "RGBA"))
    assert tuple(read_image(path).pixels[0, 0]) == (0, 1, 2)
    assert tuple(read_image(path, alpha=True).pixels[0, 0]) == (3, 3, 3)


def test_colour_is_read_as_stored_whatever_the_alpha(tmp_path: Path, write_image: ImageWriter) -> None:
    stored = np.full((4, 6, 4), 0.5, np.float32)
    path = write_image(tmp_path / "a.png", stored, oiio.UINT16, names=("R", "G", "B", "A"), oiio_UnassociatedAlpha=1)
    assert read_image(path).pixels[..., 0] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("named", [False, True], ids=["R", "diffuse.R"])
def test_parts_of_a_multi_part_file(tmp_path: Path, write_parts: ImageWriter, named: bool) -> None:
    parts = {"beauty": np.full((4, 6, 3), 1, np.float32), "diffuse": np.full((4, 6, 3), 2, np.float32)}
    path = write_parts(tmp_path / "a.exr", parts, named)
    assert (read_image(path, "beauty" if named else None).pixels == 1).all()
    assert (read_image(path, "diffuse").pixels == 2).all()
    with pytest.raises(UnreadableFrameError, match=r"no layer 'spec'.*beauty, diffuse\. .*####\.exr:LAYER"):
        read_image(path, "spec")


@pytest.mark.parametrize("names", ["AZ", "XYZ", "RG", "UV"])
def test_channels_that_are_no_picture(tmp_path: Path, write_image: ImageWriter, names: str) -> None:
    path = write_image(tmp_path / "a.exr", _with([*names]), names=[*names])
    with pytest.raises(UnreadableFrameError, match=f"has no colour. It has the channels {', '.join(sorted(names))}"):
        read_image(path)


@pytest.mark.parametrize("first", ["Z", "AZ", "Y", "XYZ"])
def test_a_part_of_colour_comes_before_others(tmp_path: Path, write_parts: ImageWriter, first: str) -> None:
    parts = {"first": np.full((4, 6, len(first)), 1, np.float32), "rgb": np.full((4, 6, 3), 2, np.float32)}
    path = write_parts(tmp_path / "a.exr", parts, others={"first": first})
    assert (read_image(path).pixels == 2).all()
    assert (read_image(path, "first").pixels == 1).all()


@pytest.mark.parametrize("parts", [("R", "G", "B"), ("Z", "A")], ids=" ".join)
def test_parts_of_one_channel_each_are_no_grey(
    tmp_path: Path, write_parts: ImageWriter, parts: tuple[str, ...]
) -> None:
    pixels = {name: np.full((4, 6, 1), 1, np.float32) for name in parts}
    path = write_parts(tmp_path / "a.exr", pixels, others={name: name for name in parts})
    with pytest.raises(UnreadableFrameError, match="has no colour"):
        read_image(path)


@pytest.mark.parametrize("thumbnail_alone", [False, True])
def test_a_thumbnail_in_a_tiff_comes_last(tmp_path: Path, thumbnail_alone: bool) -> None:
    path = tmp_path / "a.tif"
    output = oiio.ImageOutput.create(str(path))
    for mode, width, height in (("Create", 3, 2), ("AppendSubimage", 6, 4)):
        spec = oiio.ImageSpec(width, height, 3, oiio.UINT8)
        spec.attribute("tiff:subfiletype", int(mode == "Create"))
        assert output.open(str(path), spec, mode)
        assert output.write_image(np.full((height, width, 3), 1, np.float32))
        if thumbnail_alone:
            break
    assert output.close()
    size = (2, 3) if thumbnail_alone else (4, 6)
    assert read_image(path).pixels.shape[:2] == read_meta(path).size == size
