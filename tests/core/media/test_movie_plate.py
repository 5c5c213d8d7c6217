"""Movies as plates: exact frames, however they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from stfam.core.errors import MissingFrameError, MissingPlateError, UnreadableFrameError
from stfam.core.media.plate import open_plate

from .conftest import MOVIE_SIZE, MovieMaker, movie_level, plate_level

COUNT = 40


def _retimed(source: Path, path: Path, place: Callable[[int], int], **options: str) -> Path:
    """A copy of a movie's stream, its frames at other times: a frame's place in time, in frames, from its old one."""
    with av.open(str(source)) as given, av.open(str(path), "w", options=options) as copy:
        old: Any = given.streams.video[0]
        new: Any = copy.add_stream_from_template(old)
        step = 1 / (24 * old.time_base)
        packets: list[Any] = [packet for packet in given.demux(old) if packet.size]
        lead = 3  # of decoding over presentation
        for packet, place_decoded in zip(packets, sorted(p.pts for p in packets), strict=True):
            packet.dts = round(place(round(place_decoded / step) - lead) * step)
            packet.pts = round(place(round(packet.pts / step)) * step)
            packet.stream = new
            copy.mux(packet)
    return path


def _packed(source: Path, path: Path) -> Path:
    """A copy of an MPEG-4 stream as DivX packs it: the first B frame of some beside the frame before, the last none."""
    with av.open(str(source)) as given, av.open(str(path), "w") as copy:
        new: Any = copy.add_stream_from_template(given.streams.video[0])
        groups: list[list[bytes]] = []
        for data in (bytes(packet) for packet in given.demux(video=0) if packet.size):
            if data[data.find(b"\0\0\1\xb6") + 4] >> 6 == 2:
                groups[-1].append(data)
            else:
                groups.append([data.replace(b"Lavc", b"DivX503b1393p\0\0\1\xb2Lavc")])
        packed = [[b"".join(group[:2]), *group[2:], b"\0\0\1\xb6\x51\0\0"][: len(group)] for group in groups]
        for place, data in enumerate(chain.from_iterable(packed)):
            packet: Any = av.Packet(data)
            packet.dts = packet.pts = place
            packet.time_base, packet.stream, packet.is_keyframe = new.time_base, new, place == 0
            copy.mux(packet)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [("a.mp4", "libx264", "yuv420p"), ("a.mp4", "libx264", "yuv420p10le"), ("a.mov", "prores_ks", "yuv422p10le"),
     ("a.mkv", "libx264", "yuv420p"), ("a.avi", "mjpeg", "yuvj420p"), ("a.avi", "mpeg4", "yuv420p")],
    ids=["h264", "h264 10 bit", "prores", "matroska", "mjpeg avi", "mpeg4 avi"],
)  # fmt: skip
def test_every_frame_in_any_order(
    tmp_path: Path, write_movie: MovieMaker, name: str, codec: str, pixel_format: str
) -> None:
    path = write_movie(tmp_path / f"mövie {name}", COUNT, codec, pixel_format, title="Gr-n")
    path.write_bytes(path.read_bytes().replace(b"Gr-n", b"Gr\xfcn"))  # Latin-1, which is no UTF-8
    plate = open_plate(str(path))
    assert plate.frames == tuple(range(1, COUNT + 1)) and plate.steady
    for frame in (1, 2, 3, 30, 29, 28, 5, 40, 1, 39, 40):
        assert plate_level(plate, frame) == pytest.approx(movie_level(frame - 1, COUNT), abs=2.0)
    plate.close()


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "options"),
    [("a.mp4", "libx265", "yuv420p10le", {"x265-params": "open-gop=1:keyint=10:log-level=none"}),
     ("a.mp4", "libx264", "yuv420p", {"x264-params": "open-gop=1:keyint=10"}),
     ("a.mkv", "libx264", "yuv420p", {"x264-params": "intra-refresh=1:keyint=10"}),
     ("a.mkv", "mpeg2video", "yuv420p", {"g": "10", "bf": "2"}),
     ("a.mpg", "mpeg2video", "yuv420p", {"g": "10", "bf": "2"}),
     ("a.mpg", "mpeg2video", "yuv420p", {"g": "4"}),
     ("a.mpg", "mpeg2video", "yuv420p", {"g": "0"}),
     ("a.mpeg", "mpeg1video", "yuv420p", {"g": "10"}),
     ("a.mts", "libx264", "yuv420p", {"bf": "3", "g": "10"}),
     ("a.avi", "libx264", "yuv420p", {"bf": "3", "g": "10"}),
     ("a.avi", "mpeg4", "yuv420p", {"bf": "2", "g": "10"}),
     ("a.mxf", "libx264", "yuv420p", {"bf": "3", "g": "10"}),
     ("a.mxf", "mpeg2video", "yuv422p", {"bf": "2", "g": "10"}),
     ("a.mxf", "mpeg2video", "yuv422p", {"g": "1"})],
    ids=["hevc open", "h264 open", "refresh", "mpeg2 open", "program stream", "no b", "intra only", "mpeg1",
         "transport stream", "h264 avi", "mpeg4 avi", "h264 mxf", "mpeg2 mxf", "mxf of keys"],
)  # fmt: skip
def test_every_frame_from_any_key(
    tmp_path: Path, write_movie: MovieMaker, name: str, codec: str, pixel_format: str, options: dict[str, str]
) -> None:
    path = write_movie(tmp_path / name, COUNT, codec, pixel_format, options)
    plate = open_plate(str(path))
    assert plate.frames == tuple(range(1, COUNT + 1)) and plate.steady
    for frame in (20, *range(COUNT, 0, -1), 1, 17, 31, 32, 9, 40):
        assert plate_level(plate, frame) == pytest.approx(movie_level(frame - 1, COUNT), abs=2.0), frame
    plate.close()
    assert plate_level(open_plate(str(path)), 20) == pytest.approx(movie_level(19, COUNT), abs=2.0)


def test_every_frame_of_packed_ones(tmp_path: Path, write_movie: MovieMaker) -> None:
    path = write_movie(tmp_path / "a.avi", COUNT, "mpeg4", "yuv420p", {"bf": "2", "b_strategy": "0"})
    plate = open_plate(str(_packed(path, tmp_path / "packed.avi")))
    assert plate.frames == tuple(range(1, COUNT + 1)) and plate.steady
    for frame in (1, 2, 3, 4, 5, 20, 19, 40, 39):
        assert plate_level(plate, frame) == pytest.approx(movie_level(frame - 1, COUNT), abs=2.0), frame


def test_frames_that_an_edit_list_hides_are_none(tmp_path: Path, write_movie: MovieMaker) -> None:
    whole = write_movie(tmp_path / "a.mp4", COUNT)
    path = _retimed(whole, tmp_path / "trimmed.mp4", lambda frame: frame - 5, avoid_negative_ts="disabled")
    plate = open_plate(str(path))
    assert plate.frames == tuple(range(1, COUNT - 5 + 1))
    for frame in (1, 2, 20, 3, 35):
        assert plate_level(plate, frame) == pytest.approx(movie_level(frame + 4, COUNT), abs=2.0)


@pytest.mark.parametrize("packets", [15, 22, 23, 24, 30, 38, 39])
@pytest.mark.parametrize("options", [{}, {"bf": "0"}], ids=["reordered", "in order"])
def test_a_matroska_that_ends_early(
    tmp_path: Path, write_movie: MovieMaker, packets: int, options: dict[str, str]
) -> None:
    path = write_movie(tmp_path / "a.mkv", COUNT, options={"g": "8", **options})
    with av.open(str(path)) as movie:
        end = [packet.pos for packet in movie.demux(video=0)][packets]
    path.write_bytes(path.read_bytes()[:end])
    plate = open_plate(str(path))
    assert len(plate.frames) == COUNT
    with pytest.raises(UnreadableFrameError, match=f"ends early: it promises {COUNT} frames") as caught:
        plate.read(COUNT)
    assert caught.value.exit_status == 3
    whole = int(str(caught.value).split("there is ")[1].split(".")[0])
    assert packets - 5 < whole <= packets
    for frame in range(1, whole + 1):
        assert plate_level(plate, frame) == pytest.approx(movie_level(frame - 1, COUNT), abs=2.0)


@pytest.mark.parametrize("packets", [20, 37, 38, 39])
@pytest.mark.parametrize("flags", ["faststart", "frag_keyframe+empty_moov"])
def test_an_mp4_that_ends_early(tmp_path: Path, write_movie: MovieMaker, packets: int, flags: str) -> None:
    whole = write_movie(tmp_path / "whole.mp4", COUNT, options={"g": "8"})
    path = _retimed(whole, tmp_path / "a.mp4", lambda frame: frame, movflags=flags)
    assert len(open_plate(str(path)).frames) == COUNT
    with av.open(str(path)) as movie:
        end = [packet.pos for packet in movie.demux(video=0)][packets]
    path.write_bytes(path.read_bytes()[:end])
    plate = open_plate(str(path))
    with pytest.raises(UnreadableFrameError, match="ends early"):
        plate.read(plate.frames[-1])


@pytest.mark.parametrize("packets", [30, 39])
def test_an_avi_of_reordered_frames_that_ends_early(tmp_path: Path, write_movie: MovieMaker, packets: int) -> None:
    path = write_movie(tmp_path / "a.avi", COUNT, options={"bf": "3", "g": "10"})
    with av.open(str(path)) as movie:
        end = [packet.pos for packet in movie.demux(video=0)][packets]
    path.write_bytes(path.read_bytes()[:end])
    plate = open_plate(str(path))
    with pytest.raises(UnreadableFrameError, match="ends early: it promises 40 frames") as caught:
        plate.read(COUNT)
    whole = int(str(caught.value).split("there is ")[1].split(".")[0])
    assert packets - 17 <= whole <= packets - 16
    for frame in range(1, whole + 1):
        assert plate_level(plate, frame) == pytest.approx(movie_level(frame - 1, COUNT), abs=2.0)


def test_a_whole_matroska_without_its_seek_table_is_whole(tmp_path: Path, write_movie: MovieMaker) -> None:
    path = write_movie(tmp_path / "a.mkv", COUNT)
    path.write_bytes(path.read_bytes()[:-20])
    plate = open_plate(str(path))
    assert plate_level(plate, COUNT) == pytest.approx(movie_level(COUNT - 1, COUNT), abs=2.0)


def test_holes_of_a_variable_rate_are_no_fault(tmp_path: Path, write_movie: MovieMaker) -> None:
    whole = write_movie(tmp_path / "a.mkv", COUNT)
    path = _retimed(whole, tmp_path / "variable.mkv", lambda frame: frame + 9 * (frame > 10) + 4 * (frame > 20))
    plate = open_plate(str(path))
    assert plate.frames == tuple(range(1, COUNT + 1)) and not plate.steady
    for frame in (1, 12, 11, 30, 21, 40):
        assert plate_level(plate, frame) == pytest.approx(movie_level(frame - 1, COUNT), abs=2.0)


def test_ten_bits_are_kept(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mov", 2, "prores_ks", "yuv422p10le")))
    image = plate.read(1).image
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1


def test_rate_and_time_code(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mov", 30, "libx264", "yuv420p", timecode="01:00:00:20")))
    meta = plate.read(1).meta
    assert (meta.fps, meta.timecode) == (Fraction(24), (0x01000020, 0))
    assert meta.data_window == meta.display_window == (0, 0, *reversed(meta.size))
    assert plate.read(6).meta.timecode == (0x01000101, 0)


def test_a_rate_that_only_the_clock_tells(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mxf", 3, "jpeg2000")))
    assert plate.read(1).meta.fps == Fraction(24)
    plate.close()


def test_a_frame_that_is_not_there(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mp4", 5)))
    for frame in (0, 6):
        with pytest.raises(MissingFrameError, match=f"no frame {frame}"):
            plate.read(frame)


def test_a_movie_without_a_picture_is_named_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "sound.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), "s16", "mono")
        sound.sample_rate = 48000
        for packet in (*stream.encode(sound), *stream.encode(None)):
            container.mux(packet)
    with pytest.raises(UnreadableFrameError, match=r"sound\.mov holds no video frames"):
        open_plate(str(path))


def test_a_cover_picture_is_no_plate(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream(codec, rate=24) for codec in ("libx264", "png")]
        streams[1].disposition = Disposition.attached_pic
        for stream, pixel_format in zip(streams, ("yuv420p", "rgb24"), strict=True):
            stream.height, stream.width = MOVIE_SIZE
            stream.pix_fmt = pixel_format
        for stream in streams:
            container.mux([*stream.encode(av.VideoFrame(*MOVIE_SIZE[::-1], stream.pix_fmt)), *stream.encode(None)])
    content = path.read_bytes()
    tags, track = content.rindex(b"udta") - 4, content.index(b"trak") - 4
    end = tags + int.from_bytes(content[tags : tags + 4], "big")
    path.write_bytes(content[:track] + content[tags:end] + content[track:tags] + content[end:])  # the cover comes first
    with av.open(str(path)) as container:
        assert container.streams.video[0].disposition == Disposition.attached_pic
    plate = open_plate(str(path))
    assert plate.frames == (1,)
    assert plate.read(1).image.shape == (*MOVIE_SIZE, 3)
    plate.close()


def test_a_single_picture_before_the_moving_ones_is_no_plate(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream(codec, rate=24) for codec in ("png", "libx264")]
        packets = []
        for stream, pixel_format, count in zip(streams, ("rgb24", "yuv420p"), (1, 3), strict=True):
            stream.height, stream.width = MOVIE_SIZE
            stream.pix_fmt = pixel_format
            frames = [av.VideoFrame(*MOVIE_SIZE[::-1], pixel_format) for _ in range(count)]
            packets += [packet for frame in (*frames, None) for packet in stream.encode(frame)]
        container.mux(packets)
    plate = open_plate(str(path))
    assert plate.frames == (1, 2, 3)
    assert plate.read(2).image.shape == (*MOVIE_SIZE, 3)
    plate.close()


def test_a_movie_that_went_away_is_missing(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mov", 2)))
    Path(plate.name).unlink()
    with pytest.raises(MissingFrameError, match="Frame 2 of the plate is missing"):
        plate.identity(2)
    plate.close()


def test_identity_is_the_frame_of_the_file(tmp_path: Path, write_movie: MovieMaker) -> None:
    plate = open_plate(str(write_movie(tmp_path / "a.mp4", 5)))
    assert plate.identity(1) == plate.identity(1) != plate.identity(2)


def test_a_movie_that_ends_early_keeps_its_first_frames(tmp_path: Path, write_movie: MovieMaker) -> None:
    path = write_movie(tmp_path / "a.mov", COUNT, "mjpeg", "yuvj420p")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    plate = open_plate(str(path))
    assert len(plate.frames) == COUNT
    assert plate_level(plate, 5) == pytest.approx(movie_level(4, COUNT), abs=3)
    with pytest.raises(UnreadableFrameError, match="ends early|cannot be decoded") as caught:
        plate.read(COUNT)
    assert caught.value.data["frame"] == COUNT


def test_a_missing_movie(tmp_path: Path) -> None:
    with pytest.raises(MissingPlateError, match="no movie"):
        open_plate(str(tmp_path / "a.mov"))
