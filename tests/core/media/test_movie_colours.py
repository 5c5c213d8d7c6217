"""Colours of deep movies, read and written: to the value, and not nearly."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from stfam.core.errors import UnreadableFrameError
from stfam.core.media.movie_white import ALPHA_WHITE, LIMITED_WHITE, sixteen_bit_white
from stfam.core.media.movie_writer import MovieWriter
from stfam.core.media.plate import open_plate

from .conftest import MovieMaker

SIZE = (32, 48)
GREYS = (0.0, 0.18, 0.5, 0.75, 1.0)


def _write_greys(path: Path, pixel_format: str, bits: int, full: bool) -> None:
    """A lossless movie whose frames' planes are set to the numbers that stand for `GREYS`."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=24)
        stream.height, stream.width = SIZE
        stream.pix_fmt = pixel_format
        stream.codec_context.color_range = ColorRange.JPEG if full else ColorRange.MPEG
        for grey in GREYS:
            frame: Any = av.VideoFrame(SIZE[1], SIZE[0], pixel_format)
            frame.color_range = stream.codec_context.color_range
            step = 1 << (bits - 8)
            luma = round(grey * ((1 << bits) - 1)) if full else round((16 + 219 * grey) * step)
            for index, plane in enumerate(frame.planes):
                value = 128 * step if index and pixel_format.startswith("yuv") else luma
                plane.update(np.full(plane.buffer_size // 2, value, np.uint16).tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("pixel_format", "bits", "full"),
    [("yuv420p10le", 10, False), ("yuv422p10le", 10, True), ("yuv444p12le", 12, False), ("yuv444p16le", 16, True),
     ("gray10le", 10, True), ("gbrp10le", 10, True), ("gbrp12le", 12, True)],
)  # fmt: skip
def test_greys_of_deep_movies(tmp_path: Path, pixel_format: str, bits: int, full: bool) -> None:
    _write_greys(tmp_path / "a.mkv", pixel_format, bits, full)
    plate = open_plate(str(tmp_path / "a.mkv"))
    for frame, grey in zip(plate.frames, GREYS, strict=True):
        assert plate.read(frame).image == pytest.approx(grey, abs=0.75 / (1 << bits) + 2e-4), grey
    assert plate.read(plate.frames[-1]).image.min() >= 0.9999
    plate.close()


@pytest.mark.parametrize(("codec", "pixel_format"), [("rawvideo", "uyvy422"), ("ffv1", "yuv411p")])
def test_greys_of_shallow_movies(tmp_path: Path, codec: str, pixel_format: str) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream: Any = container.add_stream(codec, rate=24)
        stream.height, stream.width = SIZE
        stream.pix_fmt = pixel_format
        for grey in GREYS:
            frame: Any = av.VideoFrame(SIZE[1], SIZE[0], pixel_format)
            luma = round(16 + 219 * grey)
            for index, plane in enumerate(frame.planes):
                values = (128, luma) if pixel_format == "uyvy422" else (128, 128) if index else (luma, luma)
                plane.update(bytes(values) * (plane.buffer_size // 2))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    plate = open_plate(str(tmp_path / "a.mkv"))
    for frame, grey in zip(plate.frames, GREYS, strict=True):
        assert plate.read(frame).image == pytest.approx(grey, abs=1 / 255), grey
    assert plate.read(plate.frames[-1]).image.min() == 1
    plate.close()


def test_colours_of_a_palette(tmp_path: Path) -> None:
    palette = np.zeros((256, 4), np.uint8)
    palette[:4] = (255, 0, 0, 0), (255, 200, 100, 50), (255, 0, 255, 0), (255, 255, 255, 255)
    frames = [np.full(SIZE, index, np.uint8) for index in range(4)]
    with av.open(str(tmp_path / "a.avi"), "w") as container:
        stream: Any = container.add_stream("rawvideo", rate=24)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "pal8"
        for indices in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray((indices, palette), format="pal8")))
    plate = open_plate(str(tmp_path / "a.avi"))
    for frame in (4, 1, 2, 3, 2):
        assert plate.read(frame).image[5, 5] == pytest.approx(palette[frame - 1, 1:] / 255)
    plate.close()


@pytest.mark.parametrize("size", [(32, 48), (32, 47), (31, 48), (31, 47)], ids=str)
@pytest.mark.parametrize(
    ("pixel_format", "bits"), [("yuv420p", 8), ("yuv420p10le", 10), ("yuv440p10le", 10), ("yuv422p10le", 10)]
)
def test_colours_of_movies_of_odd_sizes(tmp_path: Path, pixel_format: str, bits: int, size: tuple[int, int]) -> None:
    colour = np.array([0.8, 0.3, 0.1])
    luma = colour @ (0.2126, 0.7152, 0.0722)
    differences = (colour[[2, 0]] - luma) / (2 * (1 - np.array([0.0722, 0.2126])))
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=24)
        stream.height, stream.width = size
        stream.pix_fmt = pixel_format
        stream.codec_context.colorspace = 1  # BT.709
        frame: Any = av.VideoFrame(size[1], size[0], pixel_format)
        for plane, value in zip(frame.planes, (16 + 219 * luma, *(128 + 224 * differences)), strict=True):
            number = np.uint8(round(value)) if bits == 8 else np.uint16(round(value * (1 << (bits - 8))))
            plane.update(np.full(plane.buffer_size // number.nbytes, number).tobytes())
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    plate = open_plate(str(tmp_path / "a.mkv"))
    assert np.abs(plate.read(1).image - colour).max() < 2 / 255
    plate.close()


def test_greys_of_written_movies(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with MovieWriter(path, SIZE, Fraction(24)) as writer:
        for grey in GREYS:
            pixels = np.full((*SIZE, 4), grey) * (LIMITED_WHITE, LIMITED_WHITE, LIMITED_WHITE, ALPHA_WHITE)
            writer.write((pixels + 0.5).astype(np.uint16))
    with av.open(str(path)) as movie:
        for grey, frame in zip(GREYS, movie.decode(video=0), strict=True):
            step, top = 1 << (frame.format.components[0].bits - 8), (256 << (frame.format.components[0].bits - 8)) - 1
            luma, alpha = (np.frombuffer(frame.planes[plane], np.uint16)[0] for plane in (0, 3))
            assert (luma / step - 16) / 219 == pytest.approx(grey, abs=1e-3)
            assert alpha / top == pytest.approx(grey, abs=0.5 / 1023 + 0.5 / top)
    plate = open_plate(str(path))
    assert [plate.read(frame).image.mean() for frame in plate.frames] == pytest.approx(GREYS, abs=1e-3)
    plate.close()


@pytest.mark.parametrize(
    ("matrix", "red", "blue"),
    [(1, 0.2126, 0.0722), (2, 0.299, 0.114), (5, 0.299, 0.114), (6, 0.299, 0.114), (7, 0.212, 0.087),
     (9, 0.2627, 0.0593)],
    ids=["709", "unsaid", "601 of 625 lines", "601 of 525 lines", "240M", "2020"],
)  # fmt: skip
def test_the_matrix_that_a_movie_names(tmp_path: Path, matrix: int, red: float, blue: float) -> None:
    colour = np.array([0.8, 0.3, 0.1])
    luma = colour @ (red, 1 - red - blue, blue)
    differences = (colour[[2, 0]] - luma) / (2 * (1 - np.array([blue, red])))
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=24)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuv444p12le"
        stream.codec_context.colorspace = matrix
        frame: Any = av.VideoFrame(SIZE[1], SIZE[0], stream.pix_fmt)
        for plane, value in zip(frame.planes, (16 + 219 * luma, *(128 + 224 * differences)), strict=True):
            plane.update(np.full(plane.buffer_size // 2, round(value * 16), np.uint16).tobytes())
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    plate = open_plate(str(tmp_path / "a.mkv"))
    assert plate.read(1).image[5, 5] == pytest.approx(colour, abs=2e-3)
    plate.close()


@pytest.mark.parametrize("size", [SIZE, (720, 64)], ids=["small", "high definition"])
def test_a_written_movie_names_its_colours(tmp_path: Path, size: tuple[int, int]) -> None:
    colour = np.array([0.2, 0.7, 0.4])
    path = tmp_path / "a.mov"
    with MovieWriter(path, size, Fraction(24)) as writer:
        writer.write((np.full((*size, 4), (*colour * LIMITED_WHITE, ALPHA_WHITE)) + 0.5).astype(np.uint16))
    with av.open(str(path)) as movie:
        frame: Any = next(movie.decode(video=0))
        luma = np.frombuffer(frame.planes[0], np.uint16)[0] / (1 << (frame.format.components[0].bits - 8))
        named = frame.colorspace, frame.color_primaries, frame.color_trc
        assert [int(number) for number in named] == [1, 1, 1]  # BT.709
        assert (luma - 16) / 219 == pytest.approx(colour @ (0.2126, 0.7152, 0.0722), abs=1e-3)
    plate = open_plate(str(path))
    assert plate.read(1).image[5, 5] == pytest.approx(colour, abs=2e-3)
    plate.close()


@pytest.mark.parametrize(
    ("transfer", "primaries", "said"),
    [(16, 9, "in PQ and of BT.2020's primaries, and is read as sRGB"), (18, 1, "in HLG, and"), (1, 12, "is of P3's"),
     (1, 1, ""), (2, 2, ""), (6, 6, "")],
)  # fmt: skip
def test_a_transfer_that_is_not_followed_is_said(tmp_path: Path, transfer: int, primaries: int, said: str) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream: Any = container.add_stream("libx264", rate=24)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.color_trc = transfer
        stream.codec_context.color_primaries = primaries
        container.mux(stream.encode(av.VideoFrame(SIZE[1], SIZE[0], "yuv420p")))
        container.mux(stream.encode(None))
    for colorspace in (None, "ACEScct"):
        plate = open_plate(str(tmp_path / "a.mp4"), colorspace)
        caveat = plate.read(1).meta.colour_caveat
        plate.close()
        assert (caveat is None) == (not said or colorspace is not None)
        assert caveat is None or said in caveat


@pytest.mark.parametrize("pixel_format", ["gbrpf32le", "grayf32le"])
def test_floats_in_a_movie_are_refused(tmp_path: Path, write_movie: MovieMaker, pixel_format: str) -> None:
    path = write_movie(tmp_path / "a.mov", 1, "exr", pixel_format)
    with pytest.raises(UnreadableFrameError, match=rf"a\.mov holds floating-point pixels \({pixel_format}\).*EXR"):
        open_plate(str(path))


def test_a_camera_s_raw_movie_is_refused(tmp_path: Path, write_movie: MovieMaker) -> None:
    path = write_movie(tmp_path / "a.mov", 1, "prores_ks", "yuv422p10le")
    content = path.read_bytes()
    assert content.count(b"apch") == 1
    path.write_bytes(content.replace(b"apch", b"aprn"))  # ProRes HQ is ProRes RAW then, by name
    with pytest.raises(UnreadableFrameError, match=r"a\.mov holds a camera's raw picture \(ProRes RAW\).*EXR"):
        open_plate(str(path))


def test_a_mosaic_in_a_movie_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"  # its content tells what it is
    with av.open(str(path), "w", format="nut") as container:
        stream: Any = container.add_stream("rawvideo", rate=24)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "bayer_rggb8"
        packet = av.Packet(bytes(SIZE[0] * SIZE[1]))
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        container.mux(packet)
    with pytest.raises(UnreadableFrameError, match=r"a\.mov holds a camera's raw picture \(bayer_rggb8\).*EXR"):
        open_plate(str(path))


def test_colours_of_a_strange_matrix_are_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=24)
        stream.height, stream.width = SIZE
        stream.codec_context.colorspace = 8
        container.mux([*stream.encode(av.VideoFrame(SIZE[1], SIZE[0], "yuv420p")), *stream.encode(None)])
    with pytest.raises(UnreadableFrameError, match=r"a\.mkv holds colours in YCgCo, .*BT\.709"):
        open_plate(str(tmp_path / "a.mkv"))


def test_white_of_cinema() -> None:
    """XYZ of 12 bits, as in a package for cinemas."""
    frame: Any = av.VideoFrame(8, 8, "xyz12le")
    frame.planes[0].update(np.full(frame.planes[0].buffer_size // 2, 4095 << 4, np.uint16).tobytes())
    assert sixteen_bit_white(frame) == frame.reformat(format="rgb48le").to_ndarray().max()
