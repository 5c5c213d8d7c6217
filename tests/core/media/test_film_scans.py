"""DPX and what their headers say, or leave unsaid."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import OpenImageIO as oiio
import pytest

from stfam.core.errors import UnreadableFrameError
from stfam.core.media.image_file import KODAK_LOG, read_image, read_meta

from .conftest import ImageWriter, gradient


def _patched(path: Path, *fields: tuple[int, str, float], begin: int = 2048) -> Path:
    """A DPX with other values at some places of its header, which is cut off where its picture is to begin."""
    content = path.read_bytes()
    order = "<" if content.startswith(b"XPDS") else ">"
    patched = bytearray(content[:begin] + content[2048:])
    for place, kind, value in (*fields, (4, "I", begin), (808, "I", begin)):
        struct.pack_into(order + kind, patched, place, value)
    path.write_bytes(patched)
    return path


@pytest.mark.parametrize("transfer", ["Logarithmic", "Printing density"])
def test_a_logarithmic_film_scan_says_so(tmp_path: Path, write_image: ImageWriter, transfer: str) -> None:
    path = write_image(tmp_path / "a.dpx", gradient(), oiio.UINT16, dpx_Transfer=transfer)
    assert read_meta(path).colorspace == KODAK_LOG


@pytest.mark.parametrize("name", ["dpx_FrameRate", "dpx_TemporalFrameRate"])
def test_a_film_scan_s_rate_is_read(tmp_path: Path, write_image: ImageWriter, name: str) -> None:
    path = write_image(tmp_path / "a.dpx", gradient(), oiio.UINT16, **{name: 24000 / 1001})
    assert read_meta(path).fps == Fraction(24000, 1001)
    for unset in (0.0, -24.0, 1e30, float("inf"), float("nan")):
        assert read_meta(write_image(tmp_path / "b.dpx", gradient(), oiio.UINT16, **{name: unset})).fps is None


@pytest.mark.parametrize("begin", [2048, 1664], ids=["whole header", "short header"])
def test_pixels_of_a_film_scan_are_no_time(tmp_path: Path, write_image: ImageWriter, begin: int) -> None:
    path = write_image(tmp_path / "a.dpx", gradient(), oiio.UINT16)
    meta = read_image(_patched(path, (1724, "f", 12.0), (1920, "I", 0x01020304), begin=begin)).meta
    assert (meta.fps, meta.timecode and meta.timecode[0]) == ((12, 0x01020304) if begin == 2048 else (None, None))


@pytest.mark.parametrize(("stored", "read"), [((0, 1), 1), ((2**32 - 1, 1), 1), ((1, 0), 1), ((2, 1), 2)])
def test_a_pixel_aspect_that_was_not_filled_in(
    tmp_path: Path, write_image: ImageWriter, stored: tuple[int, int], read: float
) -> None:
    path = write_image(tmp_path / "a.dpx", gradient(), oiio.UINT16)
    assert read_meta(_patched(path, (1628, "I", stored[0]), (1632, "I", stored[1]))).pixel_aspect == read


@pytest.mark.parametrize("descriptor", [100, 102], ids=["4:2:2", "4:4:4"])
def test_luminance_and_chroma_of_a_film_scan_are_no_colour(
    tmp_path: Path, write_image: ImageWriter, descriptor: int
) -> None:
    path = _patched(write_image(tmp_path / "a.dpx", gradient(), oiio.UINT8), (800, "B", descriptor))
    with pytest.raises(UnreadableFrameError, match=r"a\.dpx holds luminance and chroma \(Cb, Y, Cr\)"):
        read_image(path)
