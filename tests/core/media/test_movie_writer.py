"""Movies that come out."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stfam.core.errors import WriteError
from stfam.core.media.movie_writer import MovieWriter
from stfam.core.media.plate import open_plate


def _frames(size: tuple[int, int] = (48, 64)) -> list[np.ndarray]:
    ramp = np.linspace(0, 65535, size[1]).astype(np.uint16)
    return [np.broadcast_to(np.roll(ramp, 5 * i)[None, :, None], (*size, 4)).copy() for i in range(3)]


@pytest.mark.parametrize("size", [(48, 64), (49, 65), (64, 500)], ids=["even", "odd", "no multiple of eight"])
def test_prores_4444_keeps_alpha(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "mätte.mov"
    with MovieWriter(path, size, Fraction(24000, 1001)) as writer:
        for frame in _frames(size):
            writer.write(frame)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "prores"
        assert stream.codec_context.codec_tag == "ap4h"
        assert stream.average_rate == Fraction(24000, 1001)
        read = [f.reformat(format="rgba64le").to_ndarray() for f in container.decode(stream)]
    assert len(read) == 3
    for given, seen in zip(_frames(size), read, strict=True):
        assert seen.shape == given.shape
        assert np.abs(given[..., 3].astype(int) - seen[..., 3]).max() < 100
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shape"), MovieWriter(tmp_path / "a.mov", (48, 64), Fraction(24)) as writer:
        writer.write(np.zeros((48, 64, 7), np.uint16))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["none/a.mov", "a" * 245 + ".mov"], ids=["no folder", "long"])
def test_a_file_that_cannot_be_made(tmp_path: Path, name: str) -> None:
    writer = MovieWriter(tmp_path / name, (48, 64), Fraction(24))
    with pytest.raises(WriteError, match=r"a\.mov could not be written"):
        _write_all(writer)


@pytest.mark.parametrize("aspect", [1.0, 1.5, 12 / 11, 0.5, float(np.float32(1.4587))])
def test_pixel_aspect(tmp_path: Path, aspect: float) -> None:
    _write_all(MovieWriter(tmp_path / "a.mov", (48, 64), Fraction(24), pixel_aspect=aspect))
    with av.open(str(tmp_path / "a.mov")) as container:
        assert float(container.streams.video[0].sample_aspect_ratio) == pytest.approx(aspect, abs=1e-7)
    assert open_plate(str(tmp_path / "a.mov")).read(1).meta.pixel_aspect == pytest.approx(aspect, abs=1e-7)


@pytest.mark.parametrize("aspect", [0.0, -1.0, np.nan, np.inf])
def test_a_pixel_aspect_that_is_none(tmp_path: Path, aspect: float) -> None:
    _write_all(MovieWriter(tmp_path / "a.mov", (48, 64), Fraction(24), pixel_aspect=aspect))
    assert open_plate(str(tmp_path / "a.mov")).read(1).meta.pixel_aspect == 1.0


@pytest.mark.parametrize(
    ("fps", "word", "label", "next_word"),
    [
        (Fraction(24), 0x01020323, "01:02:03:23", 0x01020400),
        (Fraction(24000, 1001), 0x10000000, "10:00:00:00", 0x10000001),
        (Fraction(24), 0x81828344, "01:02:03:04", 0x01020305),  # flags that mean nothing at this rate
        (Fraction(30000, 1001), 0x01005929 | 0x40, "01:00:59;29", 0x01010002 | 0x40),
        (Fraction(30000, 1001), 0x01005929, "01:00:59:29", 0x01010000),
        (Fraction(50), 0x00000045, "00:00:00:45", 0x00000046),
    ],
    ids=["film", "fractional", "flags", "drop frame", "no drop frame", "fast"],
)
def test_time_code(tmp_path: Path, fps: Fraction, word: int, label: str, next_word: int) -> None:
    _write_all(MovieWriter(tmp_path / "a.mov", (48, 64), fps, timecode=(word, 0)))
    with av.open(str(tmp_path / "a.mov")) as container:
        assert container.streams.video[0].metadata["timecode"] == label
    plate = open_plate(str(tmp_path / "a.mov"))
    assert plate.frames == (1, 2, 3)
    assert plate.read(2).meta.timecode == (next_word, 0)


@pytest.mark.parametrize("word", [0x0000000F, 0x00000024, 0x00006000, 0x24000000], ids=["nibble", "rate", "s", "h"])
def test_what_is_no_time_code_is_left_out(tmp_path: Path, word: int) -> None:
    _write_all(MovieWriter(tmp_path / "a.mov", (48, 64), Fraction(24), timecode=(word, 0)))
    assert open_plate(str(tmp_path / "a.mov")).read(1).meta.timecode is None


def test_a_name_that_a_folder_has(tmp_path: Path) -> None:
    (tmp_path / "a.mov" / "in it").mkdir(parents=True)
    with pytest.raises(WriteError, match=r"a\.mov could not be written") as caught:
        _write_all(MovieWriter(tmp_path / "a.mov", (48, 64), Fraction(24)))
    assert caught.value.exit_status == 6
    assert [path.name for path in tmp_path.iterdir()] == ["a.mov"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on file sizes there")
def test_a_disk_that_is_full_when_the_movie_is_finished(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import resource, signal, sys, numpy as np
        from fractions import Fraction
        from pathlib import Path
        from stfam.core.errors import WriteError
        from stfam.core.media.movie_writer import MovieWriter
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        writer = MovieWriter(Path(sys.argv[1]), (48, 64), Fraction(24))
        for _ in range(2):
            writer.write(np.zeros((48, 64, 4), np.uint16))
        print("so far well")
        try:
            writer.close()
        except WriteError as error:
            writer.discard()
            print(error.exit_status, error)
    """)
    path = tmp_path / "a.mov"
    result = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("so far well\n6 "), result
    assert str(path) in result.stdout
    assert list(tmp_path.iterdir()) == []


def _write_all(writer: MovieWriter) -> None:
    for frame in _frames():
        writer.write(frame)
    writer.close()
