"""Movies that are damaged, torn or away: what is lost is named, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from stfam.core.errors import UnreadableFrameError
from stfam.core.media import matroska_segment, mxf_packets
from stfam.core.media.avi_chunks import is_torn
from stfam.core.media.plate import open_plate

from .conftest import MovieMaker, movie_level, plate_level

COUNT = 40


def _damaged(path: Path, packet: int, byte: int) -> Path:
    """The same movie, a packet's later half overwritten."""
    with av.open(str(path)) as movie:
        packets = [(p.pos, p.size) for p in movie.demux(video=0) if p.size]
    begin, size = packets[packet]
    content = bytearray(path.read_bytes())
    content[begin + size // 2 : begin + size] = bytes([byte]) * (size - size // 2)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "spoiled"),
    [("a.avi", "mjpeg", "yuvj420p", 1), ("a.mov", "prores_ks", "yuv422p10le", 1),
     ("a.mp4", "libx264", "yuv420p", 8), ("a.mkv", "libx264", "yuv420p", 8)],
    ids=["mjpeg", "prores", "mp4", "matroska"],
)  # fmt: skip
def test_a_damaged_frame_and_those_made_from_it_are_named(
    tmp_path: Path, write_movie: MovieMaker, name: str, codec: str, pixel_format: str, spoiled: int
) -> None:
    options = {"g": "8", "bf": "0"} if spoiled > 1 else {}
    path = _damaged(write_movie(tmp_path / name, COUNT, codec, pixel_format, options), 16, 0)
    plate, bad = open_plate(str(path)), range(17, 17 + spoiled)
    for frame in (*plate.frames, 20, 16, 18, 30, 17):
        if frame in bad:
            with pytest.raises(UnreadableFrameError, match=f"Frame {frame} of .* cannot be decoded") as caught:
                plate.read(frame)
            assert ("it is made from frame 17, which is damaged" in str(caught.value)) == (frame > 17)
        else:
            assert plate_level(plate, frame) == pytest.approx(movie_level(frame - 1, COUNT), abs=2.0), frame


def test_a_movie_that_is_away_for_a_while_is_read_on(tmp_path: Path, write_movie: MovieMaker) -> None:
    path = _damaged(write_movie(tmp_path / "a.mov", COUNT, "prores_ks", "yuv422p10le"), 16, 0)
    plate = open_plate(str(path))
    away = path.rename(tmp_path / "b.mov")
    with pytest.raises(UnreadableFrameError, match="No such file"):
        plate.read(17)  # is tried from the start of the file too, which is opened anew
    away.rename(path)
    assert plate_level(plate, 30) == pytest.approx(movie_level(29, COUNT), abs=2.0)
    plate.close()


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "libx264"), ("a.avi", "mjpeg"), ("a.mxf", "prores_ks")])
@pytest.mark.parametrize("byte", [0, 0xFF, 0x41])
def test_a_movie_that_lost_frames_amid_it_is_refused(
    tmp_path: Path, write_movie: MovieMaker, name: str, codec: str, byte: int
) -> None:
    pixel_format = {"mjpeg": "yuvj420p", "libx264": "yuv420p", "prores_ks": "yuv422p10le"}[codec]
    path = write_movie(tmp_path / name, COUNT, codec, pixel_format, {"g": "8", "bf": "0"})
    with av.open(str(path)) as movie:
        places = [p.pos for p in movie.demux(video=0) if p.size]
    content = bytearray(path.read_bytes())
    content[places[17] : places[20]] = bytes([byte]) * (places[20] - places[17])
    path.write_bytes(content)
    with pytest.raises(UnreadableFrameError, match="frames are lost amid it"):
        open_plate(str(path))


def test_odd_chunks_and_lists_of_an_avi_are_no_tear(tmp_path: Path) -> None:
    frames = b"".join(
        b"00dc" + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2) for data in (b"a", b"")
    )
    record = b"LIST" + (4 + len(frames)).to_bytes(4, "little") + b"rec " + frames
    movie = b"LIST" + (4 + 2 * len(record)).to_bytes(4, "little") + b"movi" + record * 2 + b"idx1\x03\0\0\0abc"
    path = tmp_path / "a.avi"
    path.write_bytes(b"RIFF" + (4 + len(movie)).to_bytes(4, "little") + b"AVI " + movie + b"\0" * 9)
    assert not is_torn(path)
    path.write_bytes(path.read_bytes().replace(b"idx1", b"\0\0\0\0"))
    assert is_torn(path)


def test_lengths_beyond_any_file_are_no_error_of_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x89\xec\x01" + b"\x7f" * 7)
    assert matroska_segment.is_torn(path)
    path.write_bytes(b"\x06\x0e\x2b\x34" + bytes(12) + b"\xff" * 200)
    assert not mxf_packets.is_torn(path)


def test_a_codec_that_is_not_known_is_said(tmp_path: Path, write_movie: MovieMaker) -> None:
    path = write_movie(tmp_path / "a.avi", 2, "mpeg4")
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZZ1"))
    with pytest.raises(UnreadableFrameError, match=r"a\.avi holds video of a codec that is not known here\. Export it"):
        open_plate(str(path))


@pytest.mark.parametrize("content", [b"", b"no movie at all" * 50], ids=["zero bytes", "text"])
def test_what_is_no_movie_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(UnreadableFrameError, match=r"cannot be read as a movie: Invalid data [a-z ]+\. Copy it"):
        open_plate(str(path))
