"""Movies whose picture is turned to be looked at, as phones write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.media.plate import open_plate

from .conftest import Image, ImageWriter

HEIGHT, WIDTH = 48, 64


def _picture() -> Image:
    """(H, W, 3) with four corners that differ."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    picture[: HEIGHT // 2, : WIDTH // 2] = 0.9
    picture[: HEIGHT // 2, WIDTH // 2 :] = 0.6
    picture[HEIGHT // 2 :, : WIDTH // 2] = 0.3
    return picture


def _turned_movie(path: Path, degrees: int, mirror: dict[str, bool]) -> Path:
    """A movie of one picture that asks to be turned counter-clockwise, then mirrored."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264rgb", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "rgb24"
        stream.sample_aspect_ratio = 2  # type: ignore[assignment]
        stream.set_display_rotation(degrees, **mirror)
        picture = (_picture() * 255).round().astype(np.uint8)
        for packet in (*stream.encode(av.VideoFrame.from_ndarray(picture)), *stream.encode(None)):
            container.mux(packet)
    return path


@pytest.mark.parametrize(
    ("degrees", "mirror", "looked_at", "aspect"),
    [(0, {}, lambda p: p, 2.0),
     (90, {}, np.rot90, 0.5),
     (180, {}, lambda p: np.rot90(p, 2), 2.0),
     (-90, {}, lambda p: np.rot90(p, -1), 0.5),
     (0, {"hflip": True}, np.fliplr, 2.0),
     (0, {"vflip": True}, np.flipud, 2.0),
     (90, {"hflip": True}, lambda p: np.fliplr(np.rot90(p)), 0.5)],
    ids=["upright", "counter-clockwise", "upside down", "clockwise", "mirrored", "flipped", "turned and mirrored"],
)  # fmt: skip
def test_frames_are_read_as_they_are_looked_at(
    tmp_path: Path, degrees: int, mirror: dict[str, bool], looked_at: Callable[[Image], Image], aspect: float
) -> None:
    plate = open_plate(str(_turned_movie(tmp_path / "a.mp4", degrees, mirror)))
    frame, expected = plate.read(1), looked_at(_picture())
    assert frame.image.shape == expected.shape == (*frame.meta.size, 3)
    assert frame.meta.pixel_aspect == pytest.approx(aspect)
    assert np.abs(frame.image - expected).mean() < 0.02


@pytest.mark.parametrize(
    ("orientation", "looked_at"),
    [(1, lambda p: p), (3, lambda p: np.rot90(p, 2)), (6, lambda p: np.rot90(p, -1)), (8, np.rot90)],
    ids=["upright", "upside down", "clockwise", "counter-clockwise"],
)
def test_jpegs_of_a_camera_in_a_movie(
    tmp_path: Path, write_image: ImageWriter, orientation: int, looked_at: Callable[[Image], Image]
) -> None:
    still = write_image(tmp_path / "a.jpg", _picture(), oiio.UINT8, Make="Camera", Orientation=orientation)
    with av.open(str(tmp_path / "a.avi"), "w") as container:
        stream = container.add_stream("mjpeg", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        packet = av.Packet(still.read_bytes())
        packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, 0, 0, True
        container.mux(packet)
    image = open_plate(str(tmp_path / "a.avi")).read(1).image
    assert image.shape == looked_at(_picture()).shape
    assert np.abs(image - looked_at(_picture())).mean() < 0.02
