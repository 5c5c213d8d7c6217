"""Image files of every kind that a plate comes in, whole and broken."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import MissingFrameError, UnreadableFrameError
from stfam.core.media.colour import check_colorspace
from stfam.core.media.frame_meta import to_canvas
from stfam.core.media.image_file import DISPLAY, LINEAR, read_image, read_meta, set_threads
from stfam.core.media.plate import open_plate

from .conftest import ImageWriter, gradient

EXR = ("none", "zip", "zips", "piz", "dwaa", "pxr24")


@pytest.mark.parametrize(("kind", "error"), [(oiio.HALF, 1e-3), (oiio.FLOAT, 0)], ids=["half", "float"])
def test_exr_values_are_not_clipped(tmp_path: Path, write_image: ImageWriter, kind: object, error: float) -> None:
    given = gradient() * 20
    file = read_image(write_image(tmp_path / "plåte.exr", given, kind))
    assert file.pixels.dtype == np.float32
    assert np.abs(file.pixels - given).max() <= error * 60
    assert file.pixels.max() > 20
    assert file.pixels.min() < -5
    assert file.meta.colorspace == LINEAR


@pytest.mark.parametrize(
    ("suffix", "kind", "steps"),
    [("png", oiio.UINT8, 255), ("png", oiio.UINT16, 65535), ("tif", oiio.UINT16, 65535), ("dpx", oiio.UINT16, 65535),
     ("jpg", oiio.UINT8, 8), ("tif", oiio.UINT8, 255)],
    ids=["png 8", "png 16", "tiff 16", "dpx", "jpeg", "tiff 8"],
)  # fmt: skip
def test_integer_formats(tmp_path: Path, write_image: ImageWriter, suffix: str, kind: object, steps: int) -> None:
    given = np.repeat(np.linspace(0, 1, 32, dtype=np.float32)[None, :, None], 24, 0).repeat(3, 2)
    file = read_image(write_image(tmp_path / f"a.{suffix}", given, kind))
    assert np.abs(file.pixels - given).max() <= 1 / steps
    assert file.meta.colorspace == DISPLAY


def test_whole_numbers_of_an_exr_are_no_colour(tmp_path: Path, write_image: ImageWriter) -> None:
    path = write_image(tmp_path / "ids.exr", np.ones((4, 6, 3), np.float32), oiio.UINT)
    with pytest.raises(UnreadableFrameError, match=r"ids\.exr holds whole numbers \(uint\)") as caught:
        read_image(path)
    assert caught.value.exit_status == 3


def test_deep_samples_are_no_picture(tmp_path: Path) -> None:
    path, spec = tmp_path / "a.exr", oiio.ImageSpec(6, 4, 5, oiio.FLOAT)
    spec.channelnames, spec.deep = ("R", "G", "B", "A", "Z"), True
    samples, output = oiio.DeepData(), oiio.ImageOutput.create(str(path))
    samples.init(spec)
    assert output.open(str(path), spec)
    assert output.write_deep_image(samples)
    assert output.close()
    with pytest.raises(UnreadableFrameError, match=r"a\.exr holds deep samples, .*\. Flatten it\.$"):
        read_image(path)


@pytest.mark.parametrize("chroma", [1, 2], ids=["full size", "subsampled"])
def test_luminance_and_chroma_of_an_exr_are_no_colour(tmp_path: Path, write_image: ImageWriter, chroma: int) -> None:
    path = write_image(tmp_path / "a.exr", gradient(), oiio.HALF, ("Y", "BY", "RY"), compression="none")
    content = path.read_bytes()
    for name in (b"BY", b"RY"):
        sampling = content.index(name + b"\0") + 11
        content = content[:sampling] + 2 * bytes([chroma, 0, 0, 0]) + content[sampling + 8 :]
    path.write_bytes(content)
    with pytest.raises(UnreadableFrameError, match=r"a\.exr holds luminance and chroma .*\. Write it as RGB\.$"):
        read_image(path)


@pytest.mark.parametrize(
    ("suffix", "kind", "held"),
    [("tif", 8, r"L\*a\*b\* colours"), ("tif", 32803, "a camera's raw picture"), ("DNG", 2, "a camera's raw picture")],
    ids=["Lab", "mosaic", "raw file's first picture"],
)
def test_what_is_no_colour_in_a_tiff(
    tmp_path: Path, write_image: ImageWriter, suffix: str, kind: int, held: str
) -> None:
    path = write_image(tmp_path / "a.tif", gradient(), oiio.UINT8)
    photometric = b"\x06\x01\x03\x00\x01\x00\x00\x00"
    content = path.read_bytes()
    assert photometric + b"\x02\x00" in content
    path = path.with_suffix(f".{suffix}")
    path.write_bytes(content.replace(photometric + b"\x02\x00", photometric + kind.to_bytes(2, "little")))
    with pytest.raises(UnreadableFrameError, match=rf"a\.{suffix} holds {held}, .*\. Write it as RGB\.$"):
        read_image(path)


@pytest.mark.parametrize(
    ("kind", "error"), [(oiio.HALF, 1e-3), (oiio.FLOAT, 0), (oiio.DOUBLE, 0)], ids=["16 bits", "32 bits", "64 bits"]
)
def test_a_float_tiff_is_linear(tmp_path: Path, write_image: ImageWriter, kind: Any, error: float) -> None:
    oiio.attribute("tiff:half", 1)  # else it writes them as 32 bits
    try:
        file = read_image(write_image(tmp_path / "a.tif", gradient(), kind))
    finally:
        oiio.attribute("tiff:half", 0)
    assert file.meta.colorspace == LINEAR
    assert np.abs(file.pixels - gradient()).max() <= error


@pytest.mark.parametrize(("suffix", "kind", "space"), [("pfm", oiio.FLOAT, LINEAR), ("ppm", oiio.UINT16, DISPLAY)])
def test_only_the_floats_of_a_portable_map_are_linear(
    tmp_path: Path, write_image: ImageWriter, suffix: str, kind: Any, space: str
) -> None:
    assert read_meta(write_image(tmp_path / f"a.{suffix}", gradient(), kind)).colorspace == space


@pytest.mark.parametrize(
    ("written", "read"),
    [("ACEScg", "lin_ap1_scene"), ("lin_rec709", LINEAR), ("sRGB", DISPLAY), ("data", "data")],
)
def test_the_colour_space_comes_from_the_file(
    tmp_path: Path, write_image: ImageWriter, written: str, read: str
) -> None:
    path = write_image(tmp_path / "a.exr", gradient(), oiio.HALF, oiio_ColorSpace=written)
    assert read_meta(path).colorspace == read


@pytest.mark.parametrize(
    ("primaries", "space"),
    [((0.7347, 0.2653, 0, 1, 0.0001, -0.077, 0.32168, 0.33767), "ACES2065-1"),
     ((0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767), "ACEScg"),
     ((0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329), "Linear Rec.2020"),
     ((0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329), "Linear P3-D65"),
     ((0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329), LINEAR)],
    ids=["AP0", "AP1", "2020", "P3", "709"],
)  # fmt: skip
def test_primaries_of_an_exr_name_its_space(
    tmp_path: Path, write_image: ImageWriter, primaries: tuple[float, ...], space: str
) -> None:
    path = write_image(tmp_path / "a.exr", gradient(), oiio.HALF, chromaticities=primaries)
    assert check_colorspace(read_meta(path).colorspace) == check_colorspace(space)
    assert read_meta(path).colour_caveat is None
    path = write_image(tmp_path / "b.exr", gradient(), oiio.HALF, chromaticities=primaries, oiio_ColorSpace="data")
    assert read_meta(path).colorspace == "data"


@pytest.mark.parametrize("named", [None, "ACEScg"])
def test_primaries_of_a_camera_are_said(tmp_path: Path, write_image: ImageWriter, named: str | None) -> None:
    arri = (0.684, 0.313, 0.221, 0.848, 0.0861, -0.102, 0.3127, 0.329)
    path = write_image(tmp_path / "a.exr", gradient(), oiio.HALF, chromaticities=arri)
    meta = open_plate(str(path), named).read(1).meta
    assert ("primaries" in (meta.colour_caveat or "")) == (named is None)
    assert meta.colorspace == (named or LINEAR)


@pytest.mark.parametrize(("profile", "said"), [("sRGB IEC61966-2.1", False), ("Adobe RGB (1998)", True)])
def test_a_colour_profile_that_is_not_followed_is_said(
    tmp_path: Path, write_image: ImageWriter, profile: str, said: bool
) -> None:
    text = b"desc" + bytes(4) + struct.pack(">I", len(profile) + 1) + profile.encode()
    header = struct.pack(">I8x12s12x4s88xI4sII", 256, b"mntrRGB XYZ ", b"acsp", 1, b"desc", 144, 112)
    content = np.frombuffer((header + text).ljust(256, b"\0"), np.uint8)
    path = write_image(tmp_path / "a.tif", gradient(), oiio.UINT8, ICCProfile=content)
    caveat = read_meta(path).colour_caveat
    assert (caveat is not None and f"'{profile}', and is read as sRGB" in caveat) == said


@pytest.mark.parametrize(("space", "said"), [(1, False), (65535, True)], ids=["sRGB", "uncalibrated"])
def test_a_camera_s_jpeg_of_another_colour_space_says_so(
    tmp_path: Path, write_image: ImageWriter, space: int, said: bool
) -> None:
    """A camera that is set to Adobe RGB writes no profile."""
    path = write_image(tmp_path / "a.jpg", gradient(), oiio.UINT8, Exif_ColorSpace=space)
    assert ("not in sRGB" in (read_meta(path).colour_caveat or "")) == said


def test_a_png_of_video_is_taken_as_the_movie_is(tmp_path: Path, write_image: ImageWriter) -> None:
    path = write_image(tmp_path / "a.png", gradient(), oiio.UINT8, CICP=(1, 1, 0, 1))
    assert read_meta(path).colorspace == DISPLAY


@pytest.mark.parametrize(("orientation", "said"), [(0, False), (1, False), (2, True), (6, True), (9, False)])
def test_a_still_that_asks_to_be_turned_says_so(
    tmp_path: Path, write_image: ImageWriter, orientation: int, said: bool
) -> None:
    path = write_image(tmp_path / "a.exr", gradient(), oiio.HALF, Orientation=orientation)
    assert (read_meta(path).caveat is not None) == said
    assert read_image(path).pixels.shape == gradient().shape


def test_metadata(tmp_path: Path, write_image: ImageWriter) -> None:
    path = write_image(
        tmp_path / "a.exr", gradient(), PixelAspectRatio=2.0, FramesPerSecond=(24000, 1001),
        smpte_TimeCode=(0x01020304, 7),
    )  # fmt: skip
    meta = read_meta(path)
    assert meta == read_image(path).meta
    assert (meta.pixel_aspect, meta.fps, meta.timecode) == (2.0, Fraction(24000, 1001), (0x01020304, 7))


@pytest.mark.parametrize(
    ("origin", "display"),
    [((4, 2), (0, 0, 64, 48)), ((-8, -6), (0, 0, 20, 16)), ((-8, 5), (0, 0, 30, 20)), ((10, 10), (10, 10, 32, 24)),
     ((100, 100), (0, 0, 20, 16))],
    ids=["smaller", "larger", "shifted", "same off the origin", "outside"],
)  # fmt: skip
def test_data_windows_land_on_the_display_window(
    tmp_path: Path, write_image: ImageWriter, origin: tuple[int, int], display: tuple[int, int, int, int]
) -> None:
    given = gradient() + 1
    file = read_image(write_image(tmp_path / "a.exr", given, origin=origin, display=display))
    assert file.meta.data_window == (*origin, 32, 24)
    assert file.meta.display_window == display
    canvas = to_canvas(file.pixels, file.meta)
    assert canvas.shape == (display[3], display[2], 3)
    for row in range(display[3]):
        for column in range(display[2]):
            y, x = row + display[1] - origin[1], column + display[0] - origin[0]
            inside = 0 <= y < 24 and 0 <= x < 32
            assert (canvas[row, column] == (given[y, x] if inside else 0)).all()


@pytest.mark.parametrize("compression", EXR)
@pytest.mark.parametrize("cut", [1, 200, 0.5], ids=["last byte", "last scanlines", "half"])
def test_a_truncated_exr_is_an_error(tmp_path: Path, write_image: ImageWriter, compression: str, cut: float) -> None:
    path = write_image(tmp_path / "a.exr", gradient(), oiio.HALF, compression=compression)
    whole = path.read_bytes()
    path.write_bytes(whole[: -int(cut)] if cut >= 1 else whole[: int(len(whole) * cut)])
    with pytest.raises(UnreadableFrameError, match="cannot be read"):
        read_image(path)


@pytest.mark.parametrize(
    ("header", "damaged", "words"),
    [(b"pixelAspectRatio\0float", b"pixelAspectRatio\0fl\x1b\xe1t", r"type 'fl\\x1b\\xe1t'"),
     (b"displayWindow\0box2i\0\x10\0\0\0" + bytes(8), b"displayWindow\0box2i\0\x10\0\0\0" + b"\xff\xff\xf0\xff" * 2,
      r"display window is 98\d+x98\d+")],
    ids=["bytes that are no text", "huge window"],
)  # fmt: skip
def test_a_damaged_header_is_an_error(
    tmp_path: Path, write_image: ImageWriter, header: bytes, damaged: bytes, words: str
) -> None:
    path = write_image(tmp_path / "a.exr", gradient(), oiio.HALF)
    path.write_bytes(path.read_bytes().replace(header, damaged))
    with pytest.raises(UnreadableFrameError, match=words):
        read_image(path)


@pytest.mark.parametrize(("suffix", "kind"), [("png", oiio.UINT8), ("tif", oiio.UINT16), ("jpg", oiio.UINT8),
                                              ("dpx", oiio.UINT16)])  # fmt: skip
def test_half_a_file_of_another_format_is_an_error(
    tmp_path: Path, write_image: ImageWriter, suffix: str, kind: object
) -> None:
    path = write_image(tmp_path / f"a.{suffix}", gradient(), kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableFrameError, match="cannot be read"):
        read_image(path)


@pytest.mark.parametrize(
    ("content", "words"), [(b"", r"empty \(0 bytes\)"), (b"this is no picture\n" * 9, "cannot be read")],
    ids=["zero bytes", "text"],
)  # fmt: skip
def test_what_is_no_image_is_an_error(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(content)
    with pytest.raises(UnreadableFrameError, match=words) as caught:
        read_image(path)
    assert caught.value.exit_status == 3
    assert caught.value.data["path"] == str(path)


def test_a_format_that_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wmv"
    path.write_bytes(b"video")
    with pytest.raises(UnreadableFrameError, match=r"a\.wmv is of a format that is not read\. Write EXR, .* \.avi, "):
        read_image(path)


def test_a_file_that_cannot_be_looked_for_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFrameError, match="too long"):
        read_image(tmp_path / f"{'a' * 300}.exr")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFrameError, match="none.exr is missing"):
        read_image(tmp_path / "none.exr")


def test_threads_can_be_limited() -> None:
    before = oiio.get_int_attribute("threads")
    set_threads(1)
    try:
        assert oiio.get_int_attribute("threads") == oiio.get_int_attribute("exr_threads") == 1
    finally:
        set_threads(before)
