"""Real image files, written with OpenImageIO and PyAV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest

from stfam.core.media.plate import Plate

Image = npt.NDArray[np.float32]
ImageWriter = Callable[..., Path]
MovieMaker = Callable[..., Path]

MOVIE_SIZE = (48, 64)

_KINDS = {
    "CICP": (oiio.TypeDesc("int[4]"),),
    "chromaticities": (oiio.TypeDesc("float[8]"),),
    "FramesPerSecond": (oiio.TypeRational,),
    "ICCProfile": (oiio.TypeDesc("uint8[256]"),),
    "smpte_TimeCode": (oiio.TypeTimeCode,),
}
"""Of attributes that are no single number or text."""


def gradient(height: int = 24, width: int = 32, seed: int = 0) -> Image:
    """(H, W, 3) values that differ from pixel to pixel, some below 0 and above 1."""
    return (np.random.default_rng(seed).random((height, width, 3)) * 3 - 0.5).astype(np.float32)


@pytest.fixture
def write_image() -> ImageWriter:
    """Writes one image: pixels (h, w, C), OpenImageIO's type, channel names, windows, attributes."""

    def write(
        path: Path,
        pixels: Image,
        kind: Any = oiio.FLOAT,
        names: Sequence[str] = ("R", "G", "B"),
        origin: tuple[int, int] = (0, 0),
        display: tuple[int, int, int, int] | None = None,
        **attributes: object,
    ) -> Path:
        spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind)
        spec.channelnames = tuple(names)
        spec.x, spec.y = origin
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = display or (*origin, spec.width, spec.height)
        for name, value in attributes.items():
            spec.attribute(name.replace("_", ":"), *_KINDS.get(name, ()), value)
        output = oiio.ImageOutput.create(str(path))
        assert output.open(str(path), spec), output.geterror()
        assert output.write_image(np.ascontiguousarray(pixels)), output.geterror()
        assert output.close()
        return path

    return write


@pytest.fixture
def write_parts() -> ImageWriter:
    """Writes a file of several parts: a name and pixels (h, w, C) a part.

    Channels are R, G and B, or the letters of `others` by the part's name; `named` puts that name before them.
    """

    def write(path: Path, parts: dict[str, Image], named: bool = False, others: dict[str, str] | None = None) -> Path:
        specs = []
        for name, pixels in parts.items():
            spec = oiio.ImageSpec(*pixels.shape[1::-1], pixels.shape[2], oiio.HALF)
            spec.attribute("name", name)
            spec.channelnames = [f"{name}.{c}" if named else c for c in (others or {}).get(name, "RGB")]
            specs.append(spec)
        output = oiio.ImageOutput.create(str(path))
        assert output.open(str(path), specs), output.geterror()
        for index, pixels in enumerate(parts.values()):
            if index:
                assert output.open(str(path), specs[index], "AppendSubimage"), output.geterror()
            assert output.write_image(np.ascontiguousarray(pixels))
        assert output.close()
        return path

    return write


def plate_level(plate: Plate, frame: int) -> float:
    """The mean of a frame that a movie's plate reads, of 255."""
    image = plate.read(frame).image
    assert image.shape == (*MOVIE_SIZE, 3)
    return float(image.mean() * 255)


def movie_level(frame: int, count: int) -> int:
    """Grey of a movie's frame, 0 to 255: frames can be told apart after compression."""
    return 24 + frame * 200 // count


@pytest.fixture
def write_movie() -> MovieMaker:
    """Writes a movie whose frame i is flat grey of `movie_level(i)`."""

    def write(
        path: Path,
        count: int = 40,
        codec: str = "libx264",
        pixel_format: str = "yuv420p",
        options: dict[str, str] | None = None,
        **metadata: str,
    ) -> Path:
        with av.open(
            str(path), "w", options={"movflags": "faststart"} if path.suffix in (".mov", ".mp4") else {}
        ) as container:
            stream = container.add_stream(codec, rate=24)
            stream.height, stream.width = MOVIE_SIZE
            stream.pix_fmt = pixel_format
            stream.bit_rate = 8_000_000
            stream.options = options or {}
            container.metadata.update(metadata)
            for index in range(count):
                grey = np.full((*MOVIE_SIZE, 3), movie_level(index, count), np.uint8)
                for packet in stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")):
                    container.mux(packet)
            for packet in stream.encode(None):
                container.mux(packet)
        return path

    return write
