"""Movies that come out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stfam.core.errors import WriteError
from stfam.core.media.movie_writer import MovieWriter


def _frames(count: int = 3) -> list[np.ndarray]:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    return [np.broadcast_to(np.roll(ramp, 5 * i)[None, :, None], (48, 64, 4)).copy() for i in range(count)]


def test_prores_4444_keeps_alpha(tmp_path: Path) -> None:
    path = tmp_path / "mätte.mov"
    with MovieWriter(path, (48, 64), Fraction(24000, 1001)) as writer:
        for frame in _frames():
            writer.write(frame)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "prores"
        assert stream.codec_context.codec_tag == "ap4h"
        assert stream.average_rate == Fraction(24000, 1001)
        read = [f.reformat(format="rgba64le").to_ndarray() for f in container.decode(stream)]
    assert len(read) == 3
    for given, seen in zip(_frames(), read, strict=True):
        assert np.abs(given[..., 3].astype(int) - seen[..., 3]).mean() < 100
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shape"), MovieWriter(tmp_path / "a.mov", (48, 64), Fraction(24)) as writer:
        writer.write(np.zeros((48, 64, 7), np.uint16))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    writer = MovieWriter(tmp_path / "none" / "a.mov", (48, 64), Fraction(24))
    with pytest.raises(WriteError, match=r"a\.mov could not be written"):
        _write_all(writer)


def _write_all(writer: MovieWriter) -> None:
    for frame in _frames():
        writer.write(frame)
    writer.close()
