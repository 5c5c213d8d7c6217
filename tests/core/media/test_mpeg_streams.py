"""MPEG transport streams cut out of longer ones, as recordings and copies are."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from itertools import chain
from pathlib import Path

import av
import pytest

from stfam.core.errors import UnreadableFrameError
from stfam.core.media.movie_index import _has_hole, _Packet
from stfam.core.media.plate import open_plate

from .conftest import MovieMaker, movie_level
from .field_pictures import field_pictures

COUNT = 40
_OPEN = "open-gop=1:keyint=10:bframes=3"


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [("a.mts", "libx264", {"g": "10", "bf": "2"}),
     ("a.ts", "libx264", {"x264-params": _OPEN}),
     ("a.ts", "libx265", {"x265-params": f"{_OPEN}:log-level=none"}),
     ("a.ts", "mpeg2video", {"g": "10", "bf": "2"})],
    ids=["h264", "h264 open", "hevc open", "mpeg2"],
)  # fmt: skip
def test_a_stream_that_begins_amid_a_group(
    tmp_path: Path, write_movie: MovieMaker, name: str, codec: str, options: dict[str, str]
) -> None:
    path = write_movie(tmp_path / name, COUNT, codec, "yuv420p", options)
    with av.open(str(path)) as movie:
        begin = [packet.pos for packet in movie.demux(video=0)][14]
    path.write_bytes(path.read_bytes()[begin:])
    plate = open_plate(str(path))
    first = COUNT - len(plate.frames)
    assert 17 <= first <= 24  # the key of the next group is among these
    for frame in (len(plate.frames), 1, 2, 3, 9, 4):
        level = plate.read(frame).image.mean() * 255
        assert level == pytest.approx(movie_level(first + frame - 1, COUNT), abs=2.0), frame
    plate.close()


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_a_stream_with_a_hole_is_refused(tmp_path: Path, write_movie: MovieMaker, codec: str) -> None:
    """Its frames after the hole would have numbers that no player by time has."""
    path = write_movie(tmp_path / "a.ts", COUNT, codec, "yuv420p", {"g": "10", "bf": "2"})
    with av.open(str(path)) as movie:
        places = [packet.pos for packet in movie.demux(video=0)]
    content = path.read_bytes()
    path.write_bytes(content[: places[14]] + content[places[17] :])
    with pytest.raises(UnreadableFrameError, match=r"a\.ts is damaged: frames are lost amid it"):
        open_plate(str(path))
    path.write_bytes(content + content)  # a clip that a camera divided: nothing is lost
    plate = open_plate(str(path))
    assert len(plate.frames) == 2 * COUNT
    plate.close()


@pytest.mark.parametrize(
    ("times", "lengths", "marked", "hole"),
    [((0, 2, 4, 10, 12), 2, True, True), ((0, 2, 4, 10, 12), 2, False, False), ((0, 2, 4, 6, 8), 2, True, False),
     ((0, 2, 5, 7, 10), 2, True, False), ((0, 2, 4, 8, 10), 2, True, True),
     ((0, 2, 4, 10, 12), (2, 2, 6, 2, 2), True, False), ((0, 2, 4, None, 6), 2, True, False), ((3,), 2, True, False)],
    ids=["hole", "leap", "mark", "pulldown", "a frame", "long frame", "unknown time", "one"],
)  # fmt: skip
def test_a_hole_is_a_mark_and_a_leap(
    times: tuple[int | None, ...], lengths: int | tuple[int, ...], marked: bool, hole: bool
) -> None:
    each = [lengths] * len(times) if isinstance(lengths, int) else lengths
    packets = [
        _Packet(at or 0, length, at, key=True, hidden=False, damaged=marked and i == len(times) - 1, packed=False)
        for i, (at, length) in enumerate(zip(times, each))
    ]
    assert _has_hole(packets) == hole


@pytest.mark.parametrize("stamped", [True, False], ids=["each field", "each frame"])
def test_frames_whose_fields_are_pictures_of_their_own(tmp_path: Path, stamped: bool) -> None:
    """As of camcorders (AVCHD): a stream has twice as many packets as frames."""
    units = list(field_pictures(movie_level(frame, COUNT) for frame in range(COUNT)))
    fields = b"".join(top + bottom for top, bottom in units)
    path = tmp_path / "a.mts"
    with av.open(BytesIO(fields), format="h264") as raw, av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream_from_template(raw.streams.video[0])
        for count, data in enumerate(chain(*units) if stamped else (top + bottom for top, bottom in units)):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 50 if stamped else 25)
            packet.pts = packet.dts = count
            container.mux(packet)
    plate = open_plate(str(path))
    assert plate.frames == tuple(range(1, COUNT + 1))
    for frame in (COUNT, 1, 24):
        read = plate.read(frame)
        assert read.image.mean() * 255 == pytest.approx((movie_level(frame - 1, COUNT) - 16) * 255 / 219, abs=1.0)
        assert "interlaced" in str(read.meta.caveat)
    plate.close()
