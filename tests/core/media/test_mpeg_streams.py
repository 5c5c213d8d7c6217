"""MPEG transport streams cut out of longer ones, as recordings and copies are."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from stfam.core.media.plate import open_plate

from .conftest import MovieMaker, movie_level

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
