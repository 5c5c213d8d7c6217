"""The files of a job: what is written of plates with windows and aspects, and whose leftovers go."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.cache import plate_cache
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.media.image_file import read_image
from stfam.core.media.matte_writer import write_trimap
from stfam.core.media.movie_writer import MovieWriter
from stfam.core.media.plate import Plate, open_plate
from stfam.core.render import render
from stfam.core.render_movie import MovieFile
from stfam.core.render_passes import Passes, foreground_colours, matte_colours
from stfam.core.shot import Output
from stfam.core.solved_cache import preview_shot, read_labels


def _meta(plate: Plate, frame: int) -> FrameMeta:
    with closing(plate):
        return plate.read(frame).meta


def _crop(path: Path, x: int, y: int, width: int, height: int) -> None:
    """Leave a data window of an image's display window."""
    whole = oiio.ImageBuf(str(path))
    full = whole.spec()
    part = oiio.ImageBufAlgo.crop(whole, oiio.ROI(x, x + width, y, y + height))
    part.set_full(full.full_x, full.full_x + full.full_width, full.full_y, full.full_y + full.full_height, 0, 1)
    assert part.write(str(path)), part.geterror()


@pytest.mark.parametrize("suffix", ["png", "exr"])
def test_mattes_of_a_plate_with_windows_lie_where_it_does_and_are_skipped_then(make_shot_folder, suffix):
    folder = make_shot_folder(2, size=(80, 110))
    for frame in folder.frames:
        _crop(folder.plate_file(frame), 4, 6, 96, 64)
    out = folder.folder / "out"
    output = Output(str(out / f"m.####.{suffix}"), foreground=str(out / f"f.####.{suffix}"))
    shot = replace(folder.shot(), output=output)
    assert render(shot).rendered == (1001, 1002)
    for name in ("m", "f"):
        file = read_image(out / f"{name}.1001.{suffix}", alpha=True)
        assert file.meta.data_window == ((4, 6, 96, 64) if suffix == "exr" else (0, 0, 110, 80))
        assert file.meta.display_window == (0, 0, 110, 80)
        lit = np.argwhere(file.pixels[..., 0] > 0.5).mean(0) + (file.meta.data_window[1], file.meta.data_window[0])
        assert np.abs(lit - (40, 33)).max() < 2  # where the disc is on the display window
    assert render(shot).skipped == (1001, 1002)


def test_keys_of_data_windows_lie_in_those_of_their_own_frames(make_shot_folder, monkeypatch):
    folder = make_shot_folder(2, size=(80, 110))
    painted = {}
    for left, frame in zip((0, 24), folder.frames):
        whole = read_labels(folder.trimap_file(frame))
        _crop(folder.plate_file(frame), left, 4, 80, 70)
        write_trimap(folder.trimap_file(frame), whole[4:74, left : left + 80])
        painted[frame] = np.zeros_like(whole)
        painted[frame][4:74, left : left + 80] = whole[4:74, left : left + 80]
    out = str(folder.folder / "out" / "t.####.png")
    shot = replace(folder.shot(*folder.frames), output=Output(out))
    assert render(shot, step="propagate").rendered == (1001, 1002)
    monkeypatch.setenv("STFAM_CACHE", str(folder.folder / "cache"))
    render(preview_shot(shot, plate_cache(shot.plate)))  # as in the panel; exported then
    exported = str(folder.folder / "exported" / "t.####.png")
    render(replace(shot, output=Output(str(folder.folder / "exported" / "m.####.exr"), trimaps=exported)))
    for frame, place in product(folder.frames, ("out", "exported")):
        assert np.array_equal(read_labels(folder.folder / place / f"t.{frame}.png"), painted[frame]), (frame, place)


def test_a_movie_of_a_movie_keeps_pixel_aspect_and_time_code(tmp_path):
    with MovieWriter(
        tmp_path / "plate.mov", (48, 64), Fraction(25), pixel_aspect=16 / 11, timecode=(0x10203023, 0)
    ) as writer:
        for level in (1, 2, 3):
            writer.write(np.full((48, 64, 4), level * 9000, np.uint16))
    movie = MovieFile(tmp_path / "matte.mov", (2, 3), str, matte_colours)
    with closing(open_plate(str(tmp_path / "plate.mov"))) as plate:
        for frame in movie.frames:
            movie.write(Passes(frame, plate.read(frame).meta, np.full((48, 64), 0.5, np.float32)))
    assert movie.holds(3)
    meta = _meta(open_plate(str(tmp_path / "matte.mov")), 1)
    assert (meta.pixel_aspect, meta.timecode, meta.fps) == (16 / 11, (0x10203024, 0), Fraction(25))


def test_a_movie_is_clear_outside_the_data_window(tmp_path):
    movie = MovieFile(tmp_path / "matte.mov", (1,), str, matte_colours)
    movie.write(Passes(1, FrameMeta((16, 16, 32, 16), (0, 0, 64, 48)), np.ones((48, 64), np.float32)))
    with closing(open_plate(str(tmp_path / "matte.mov"))) as plate:
        seen = plate.read(1).image[..., 0]
    expected = np.zeros((48, 64))
    expected[16:32, 16:48] = 1
    assert np.abs(seen - expected).mean() < 0.02


@pytest.mark.parametrize("premultiplied", [False, True], ids=["straight", "premultiplied"])
def test_a_movie_of_foregrounds_cuts_off_what_it_does_not_hold(tmp_path, premultiplied):
    movie = MovieFile(tmp_path / "f.mov", (1,), str, partial(foreground_colours, premultiplied=premultiplied))
    colours = np.broadcast_to(np.float32([2.6, -0.4, 0.5]), (48, 64, 3))
    movie.write(Passes(1, FrameMeta((0, 0, 64, 48), (0, 0, 64, 48)), np.full((48, 64), 0.6, np.float32), colours))
    with closing(open_plate(str(tmp_path / "f.mov"))) as plate:
        seen = plate.read(1).image
    assert np.abs(seen - ([1, 0, 0.3] if premultiplied else [1, 0, 0.5])).max() < 0.02
