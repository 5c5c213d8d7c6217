from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import Cancelled, InputError, MissingFrameError
from stfam.core.job_events import FrameDone, FrameFailed, Notice
from stfam.core.media.plate import open_plate
from stfam.core.render import Summary, render
from stfam.core.shot import Keyframe, Output, Refinement, Settings, Shot


def shot_of(folder, *keys: int, **output: object) -> Shot:
    painted = tuple(Keyframe(frame, str(folder.trimap_file(frame))) for frame in keys or (folder.first,))
    return Shot(folder.plate, Output(folder.out, **output), painted, settings=Settings(device="cpu"))


def pixels(path: Path) -> np.ndarray:
    image = oiio.ImageInput.open(str(path))
    assert image is not None, oiio.geterror()
    return image.read_image(oiio.FLOAT)


def stamps(folder) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder.folder / "out").iterdir()}


def touched(before: dict[str, int], after: dict[str, int]) -> set[int]:
    return {int(name.split(".")[-2]) for name in after if after[name] != before.get(name)}


def test_twelve_plates_give_twelve_mattes_like_them(make_shot_folder):
    folder = make_shot_folder()
    summary = render(shot_of(folder))
    assert summary.rendered == tuple(range(1001, 1013)) and not summary.skipped and not summary.failed
    assert sorted(p.name for p in (folder.folder / "out").iterdir()) == [f"matte.{f}.exr" for f in folder.frames]
    for frame in folder.frames:
        plate = oiio.ImageInput.open(str(folder.plate_file(frame))).spec()
        matte = oiio.ImageInput.open(str(folder.matte_file(frame))).spec()
        assert matte.format == oiio.HALF and tuple(matte.channelnames) == ("R", "G", "B", "A")
        for name in ("x", "y", "width", "height", "full_x", "full_y", "full_width", "full_height"):
            assert getattr(matte, name) == getattr(plate, name)
        for name in ("smpte:TimeCode", "PixelAspectRatio", "FramesPerSecond"):
            assert matte.getattribute(name) == plate.getattribute(name)
        values = pixels(folder.matte_file(frame))
        assert (values == values[..., :1]).all()
        assert np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1


def test_a_second_run_writes_nothing_and_a_deleted_matte_comes_back_bit_equal(make_shot_folder):
    folder = make_shot_folder()
    render(shot_of(folder))
    before, lost = stamps(folder), folder.matte_file(1007)
    again = render(shot_of(folder))
    assert again.skipped == tuple(folder.frames) and stamps(folder) == before
    content = lost.read_bytes()
    lost.unlink()
    assert render(shot_of(folder)).rendered == (1007,)
    assert touched(before, stamps(folder)) == {1007}
    assert lost.read_bytes() == content


def test_alpha_is_exact_where_the_key_is_known(make_shot_folder):
    folder = make_shot_folder(3)
    render(shot_of(folder))
    alpha = pixels(folder.matte_file(1001))[..., 3]
    trimap = pixels(folder.trimap_file(1001))[..., 0]
    assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 1] == 1).all()


@pytest.mark.parametrize("keys", [(1001,), (1006,), (1001, 1012)], ids=str)
def test_a_part_of_the_range_is_bit_equal_to_the_whole(make_shot_folder, keys):
    folder = make_shot_folder()
    render(shot_of(folder, *keys))
    part = replace(shot_of(folder, *keys), output=Output(str(folder.folder / "part" / "matte.####.exr")))
    assert render(part, frames="1004-1006").rendered == (1004, 1005, 1006)
    for frame in (1004, 1005, 1006):
        assert (folder.folder / "part" / f"matte.{frame}.exr").read_bytes() == folder.matte_file(frame).read_bytes()


def test_a_new_keyframe_solves_its_span_again_and_nothing_else(make_shot_folder):
    folder = make_shot_folder(24)
    render(shot_of(folder, 1001, 1009, 1024))
    before = stamps(folder)
    render(shot_of(folder, 1001, 1009, 1016, 1024))
    assert touched(before, stamps(folder)) <= set(range(1010, 1024))
    assert touched(before, stamps(folder)) >= {1013, 1014, 1015, 1016, 1017, 1018, 1019}


def test_a_repainted_keyframe_leaves_other_spans_alone(make_shot_folder):
    folder = make_shot_folder(18)
    render(shot_of(folder, 1001, 1009, 1018))
    before = stamps(folder)
    key = folder.trimap_file(1018)
    values = (pixels(key)[..., 0] * 255).astype(np.uint8)
    values[:3] = 128
    buffer = oiio.ImageBuf(values[..., None])
    assert buffer.write(str(key))
    render(shot_of(folder, 1001, 1009, 1018))
    assert touched(before, stamps(folder)) <= set(range(1010, 1019))
    assert 1018 in touched(before, stamps(folder))


def test_propagate_then_matte_equals_render(make_shot_folder):
    folder = make_shot_folder(8)
    whole = shot_of(folder, 1001, 1008, trimaps=str(folder.folder / "whole" / "trimap.####.png"))
    render(whole)
    output = Output(str(folder.folder / "steps/m.####.exr"), trimaps=str(folder.folder / "t/t.####.png"))
    steps = replace(whole, output=output)
    assert len(render(steps, step="propagate").rendered) == 8
    assert render(steps, step="matte", frames="1001-1004").rendered == (1001, 1002, 1003, 1004)
    assert render(steps, step="matte", frames="1005-1008").rendered == (1005, 1006, 1007, 1008)
    for frame in folder.frames:
        assert (folder.folder / "steps" / f"m.{frame}.exr").read_bytes() == folder.matte_file(frame).read_bytes()
        painted = (folder.folder / "whole" / f"trimap.{frame}.png").read_bytes()
        assert (folder.folder / "t" / f"t.{frame}.png").read_bytes() == painted
    assert not render(steps).rendered


def test_matte_with_a_trimap_for_every_frame(make_shot_folder):
    folder = make_shot_folder(5)
    shot = replace(shot_of(folder), keys=(), keys_pattern=folder.trimaps)
    assert len(render(shot, step="matte").rendered) == 5
    before = stamps(folder)
    folder.trimap_file(1003).unlink()
    with pytest.raises(InputError, match="Frame 1003 has no trimap"):
        render(shot, step="matte", overwrite=True)
    assert stamps(folder) == before


def test_settings_decide_what_still_holds(make_shot_folder):
    folder = make_shot_folder(3)
    shot = shot_of(folder)
    render(shot)
    assert not render(replace(shot, settings=replace(shot.settings, tile="128", device="auto"))).rendered
    for changed in (
        replace(shot, refinement=Refinement(shrink=1.0)),
        replace(shot, settings=replace(shot.settings, window=1)),
        replace(shot, settings=replace(shot.settings, proxy=0.5)),
        replace(shot, output=replace(shot.output, compression="dwaa")),
    ):
        assert len(render(changed).rendered) == 3
    assert len(render(changed, overwrite=True).rendered) == 3


def test_a_damaged_matte_is_made_again(make_shot_folder):
    folder = make_shot_folder(3)
    render(shot_of(folder))
    path = folder.matte_file(1002)
    path.write_bytes(path.read_bytes()[:-200])
    assert render(shot_of(folder)).rendered == (1002,)


def test_foregrounds_keep_the_plates_range_and_say_how_they_are_multiplied(make_shot_folder):
    folder = make_shot_folder(2)
    straight = shot_of(folder, foreground=str(folder.folder / "fg" / "s.####.exr"))
    render(straight)
    spec = oiio.ImageInput.open(str(folder.folder / "fg" / "s.1001.exr")).spec()
    assert spec.getattribute("stfam:alpha") == "straight"
    colours = pixels(folder.folder / "fg" / "s.1001.exr")
    assert colours[..., 0].max() > 1.4
    trimap = pixels(folder.trimap_file(1001))[..., 0]
    plate = pixels(folder.plate_file(1001))
    assert np.array_equal(colours[trimap == 1][:, :3], plate[trimap == 1])
    render(replace(straight, output=replace(straight.output, premultiplied=True)))
    multiplied = pixels(folder.folder / "fg" / "s.1001.exr")
    assert np.allclose(multiplied[..., :3], colours[..., :3] * colours[..., 3:], atol=2e-3)


def test_a_proxy_matte_has_the_plates_size_and_its_known_pixels(make_shot_folder):
    folder = make_shot_folder(2, (90, 130))
    shot = shot_of(folder)
    render(replace(shot, settings=replace(shot.settings, proxy=0.4)))
    alpha = pixels(folder.matte_file(1001))[..., 3]
    trimap = pixels(folder.trimap_file(1001))[..., 0]
    assert alpha.shape == (90, 130)
    assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 1] == 1).all()


@pytest.mark.parametrize("count", [1, 2])
def test_short_clips(make_shot_folder, count):
    assert len(render(shot_of(make_shot_folder(count))).rendered) == count


def test_a_frame_of_one_pixel(tmp_path):
    image = oiio.ImageBuf(np.full((1, 1, 3), 0.5, np.float32))
    assert image.write(str(tmp_path / "p.1.exr"))
    trimap = oiio.ImageBuf(np.full((1, 1, 1), 128, np.uint8))
    assert trimap.write(str(tmp_path / "t.1.png"))
    shot = Shot(str(tmp_path / "p.%d.exr"), Output(str(tmp_path / "m.%d.exr")), keys_pattern=str(tmp_path / "t.%d.png"))
    with pytest.raises(InputError, match="unknown everywhere"):
        render(shot, step="matte")
    assert oiio.ImageBuf(np.full((1, 1, 1), 255, np.uint8)).write(str(tmp_path / "t.1.png"))
    assert render(shot, step="matte").rendered == (1,)
    assert pixels(tmp_path / "m.1.exr").ravel().tolist() == [1, 1, 1, 1]


def run_on(shot: Shot) -> tuple[Summary, list[object]]:
    events: list[object] = []
    return render(shot, continue_on_error=True, on_event=events.append), events


def test_a_missing_frame_stops_the_run_before_it_starts(make_shot_folder):
    folder = make_shot_folder(8)
    folder.plate_file(1005).unlink()
    with pytest.raises(MissingFrameError, match="no frame 1005"):
        render(shot_of(folder))
    assert not (folder.folder / "out").exists()


def test_going_on_leaves_out_the_missing_frame_and_solves_its_neighbours_again_once_it_is_there(make_shot_folder):
    folder = make_shot_folder(8)
    kept = folder.plate_file(1005).read_bytes()
    folder.plate_file(1005).unlink()
    summary, events = run_on(shot_of(folder))
    assert summary.failed == (1005,) and len(summary.rendered) == 7
    assert [(e.frame, e.kind) for e in events if isinstance(e, FrameFailed)] == [(1005, "MissingFrameError")]
    folder.plate_file(1005).write_bytes(kept)
    assert set(render(shot_of(folder)).rendered) >= {1003, 1004, 1005, 1006, 1007}
    assert not render(shot_of(folder)).rendered


@pytest.mark.parametrize("content", [b"", b"not an image at all", None], ids=["empty", "text", "truncated"])
def test_going_on_past_an_unreadable_frame(make_shot_folder, content):
    folder = make_shot_folder(6)
    path = folder.plate_file(1004)
    path.write_bytes(path.read_bytes()[:-300] if content is None else content)
    with pytest.raises(InputError, match="1004"):
        render(shot_of(folder))
    assert not folder.matte_file(1004).exists()
    assert run_on(shot_of(folder))[0].failed == (1004,)
    assert [f for f in folder.frames if folder.matte_file(f).exists()] == [1001, 1002, 1003, 1005, 1006]


def test_a_bad_pixel_is_reported_and_the_matte_has_none(make_shot_folder):
    folder = make_shot_folder(3)
    plate = pixels(folder.plate_file(1002)).copy()
    plate[20, 30] = np.nan
    plate[21, 31, 0] = np.inf
    assert oiio.ImageBuf(plate).write(str(folder.plate_file(1002)))
    summary, events = run_on(shot_of(folder))
    assert not summary.failed
    said = [e.message for e in events if isinstance(e, Notice) and e.kind == "plate"]
    assert len(said) == 1 and "Frame 1002" in said[0] and "(30, 20)" in said[0] and "2 pixels" in said[0]
    assert np.isfinite(pixels(folder.matte_file(1002))).all()


def test_cancelling_keeps_what_is_finished(make_shot_folder):
    folder = make_shot_folder(10)
    done: list[int] = []

    def on_event(event: object) -> None:
        if isinstance(event, FrameDone):
            done.append(event.frame)

    with pytest.raises(Cancelled):
        render(shot_of(folder), on_event=on_event, cancelled=lambda: len(done) >= 3)
    kept = sorted(int(p.name.split(".")[1]) for p in (folder.folder / "out").iterdir())
    assert done == kept and 3 <= len(kept) < 10
    assert render(shot_of(folder)).skipped == tuple(kept)


def test_leftovers_of_a_killed_run_go_when_their_frame_is_made(make_shot_folder):
    folder = make_shot_folder(2)
    out = folder.folder / "out"
    out.mkdir()
    for name in (".stfam-99999-matte.1001.exr", ".stfam-99999-other.1001.exr"):
        (out / name).write_bytes(b"half")
    render(shot_of(folder))
    assert sorted(p.name for p in out.iterdir()) == [".stfam-99999-other.1001.exr", "matte.1001.exr", "matte.1002.exr"]


def test_paths_beyond_ascii(make_shot_folder):
    folder = make_shot_folder(2, name="Häschen 兔子")
    assert len(render(shot_of(folder)).rendered) == 2
    assert os.listdir(folder.folder / "out")


def test_a_prores_movie_holds_as_a_whole(make_shot_folder):
    folder = make_shot_folder(4)
    movie = folder.folder / "out" / "matte.mov"
    shot = replace(shot_of(folder), output=Output(str(movie)))
    assert len(render(shot).rendered) == 4
    assert [path.name for path in movie.parent.iterdir()] == ["matte.mov"]
    assert not render(shot).rendered
    frames = replace(shot_of(folder), output=Output(folder.out))
    render(frames)
    with closing(open_plate(str(movie))) as plate:
        assert len(plate.frames) == 4
        seen = plate.read(plate.frames[2]).image[..., 0]
    assert np.abs(seen - pixels(folder.matte_file(1003))[..., 0]).max() < 0.02
    assert len(render(shot, frames="1001-1003").rendered) == 3


def test_a_movie_that_lacks_a_frame_is_not_written(make_shot_folder):
    folder = make_shot_folder(4)
    folder.plate_file(1003).write_bytes(b"")
    with pytest.raises(InputError, match="1003"):
        run_on(replace(shot_of(folder), output=Output(str(folder.folder / "out" / "matte.mov"))))
    assert not list((folder.folder / "out").iterdir())
