"""What a render does with frames that are missing or broken, and with a run that was cut short."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np
import OpenImageIO as oiio
import PyOpenColorIO as ocio
import pytest

from stfam.core.errors import (
    Cancelled,
    InputError,
    MissingFrameError,
    UnwritableFrameError,
    UsageError,
    WeightsError,
    WriteError,
)
from stfam.core.job_events import FrameDone, FrameFailed, Notice
from stfam.core.media.matte_writer import write_trimap
from stfam.core.media.plate import SequencePlate
from stfam.core.render import Summary, render
from stfam.core.render_job import prepare_job
from stfam.core.shot import Output, Shot
from stfam.core.solved_cache import read_labels


def run_on(shot: Shot) -> tuple[Summary, list[object]]:
    events: list[object] = []
    return render(shot, continue_on_error=True, on_event=events.append), events


def test_a_missing_frame_stops_the_run_before_it_starts(make_shot_folder):
    folder = make_shot_folder(8)
    folder.plate_file(1005).unlink()
    with pytest.raises(MissingFrameError, match="no frame 1005"):
        render(folder.shot())
    assert not (folder.folder / "out").exists()


@pytest.mark.parametrize(("step", "asked"), [("render", "1001-1002"), ("propagate", "1005")])
def test_a_missing_neighbour_stops_the_run_before_anything_is_written(make_shot_folder, step, asked):
    folder = make_shot_folder(5)
    folder.plate_file(1003).unlink()
    with pytest.raises(MissingFrameError, match=r"no frame 1003, which .* made with\. .* use --continue-on-error"):
        render(folder.shot(trimaps=str(folder.folder / "out" / "t.####.png")), frames=asked, step=step)
    assert not [*(folder.folder / "out").iterdir()]


def test_a_movie_does_not_go_on_without_a_frame(make_shot_folder):
    folder = make_shot_folder(4)
    folder.plate_file(1002).unlink()
    shot = replace(folder.shot(), output=Output(str(folder.folder / "out" / "m.mov")))
    with pytest.raises(MissingFrameError, match="use --continue-on-error and write frames instead of a movie"):
        render(shot, continue_on_error=True)


def test_going_on_leaves_out_the_missing_frame_and_solves_its_neighbours_again_once_it_is_there(make_shot_folder):
    folder = make_shot_folder(8)
    kept = folder.plate_file(1005).read_bytes()
    folder.plate_file(1005).unlink()
    summary, events = run_on(folder.shot())
    assert summary.failed == (1005,) and len(summary.rendered) == 7
    assert [(e.frame, e.kind) for e in events if isinstance(e, FrameFailed)] == [(1005, "MissingFrameError")]
    folder.plate_file(1005).write_bytes(kept)
    assert set(render(folder.shot()).rendered) >= {1003, 1004, 1005, 1006, 1007}
    assert not render(folder.shot()).rendered


@pytest.mark.parametrize("content", [b"", b"not an image at all", None], ids=["empty", "text", "truncated"])
def test_going_on_past_an_unreadable_frame(make_shot_folder, content):
    folder = make_shot_folder(6)
    path = folder.plate_file(1004)
    path.write_bytes(path.read_bytes()[:-300] if content is None else content)
    with pytest.raises(InputError, match="1004"):
        render(folder.shot())
    assert not folder.matte_file(1004).exists()
    assert run_on(folder.shot())[0].failed == (1004,)
    assert [f for f in folder.frames if folder.matte_file(f).exists()] == [1001, 1002, 1003, 1005, 1006]


def test_mattes_go_on_past_an_unreadable_frame_that_is_all_there_is_to_do(make_shot_folder):
    folder = make_shot_folder(3)
    shot = replace(folder.shot(), output=replace(folder.shot().output, trimaps=str(folder.folder / "t.####.png")))
    folder.plate_file(1003).write_bytes(b"not an image at all")
    assert render(shot, step="propagate", continue_on_error=True).failed == (1003,)
    assert render(shot, step="matte", continue_on_error=True, frames="1003").failed == (1003,)
    with pytest.raises(InputError, match="1003"):
        render(shot, step="matte", frames="1003")


def test_a_bad_pixel_is_reported_and_the_matte_has_none(make_shot_folder):
    folder = make_shot_folder(3)
    plate = oiio.ImageBuf(str(folder.plate_file(1002))).get_pixels(oiio.FLOAT)
    plate[20, 30] = np.nan
    plate[21, 31, 0] = np.inf
    assert oiio.ImageBuf(plate).write(str(folder.plate_file(1002)))
    summary, events = run_on(folder.shot())
    assert not summary.failed
    said = [e.message for e in events if isinstance(e, Notice) and e.kind == "plate"]
    assert len(said) == 1 and "Frame 1002" in said[0] and "(30, 20)" in said[0] and "2 pixels" in said[0]
    assert np.isfinite(oiio.ImageBuf(str(folder.matte_file(1002))).get_pixels(oiio.FLOAT)).all()


def test_a_plate_that_asks_to_be_turned_is_taken_as_stored_which_is_said_once(make_shot_folder):
    folder = make_shot_folder(2)
    for frame in folder.frames:
        plate = oiio.ImageBuf(str(folder.plate_file(frame)))
        plate.specmod().attribute("Orientation", 6)
        assert plate.write(str(folder.plate_file(frame)))
    said = [e.message for e in run_on(folder.shot())[1] if isinstance(e, Notice) and e.kind == "plate"]
    assert len(said) == 1 and "EXIF orientation 6" in said[0] and "as it is stored" in said[0]
    spec = oiio.ImageBuf(str(folder.matte_file(1001))).spec()
    assert (spec.width, spec.height, spec.get_int_attribute("Orientation", 1)) == (96, 64, 1)


def test_a_movie_of_a_plate_of_a_variable_rate_is_said_to_drift(make_shot_folder, monkeypatch):
    monkeypatch.setattr(SequencePlate, "steady", False)
    folder = make_shot_folder(2)
    for name, said in (("m.mov", True), ("m.####.png", False)):
        shot = replace(folder.shot(), output=Output(str(folder.folder / "out" / name)))
        events = []
        assert render(shot, on_event=events.append).rendered == (1001, 1002)
        assert any("last differently" in e.message for e in events if isinstance(e, Notice)) == said


@pytest.mark.parametrize("record", ["of other keys", None], ids=["replaced", "removed"])
def test_a_finished_trimap_that_another_run_takes_away_ends_the_run(make_shot_folder, record):
    folder = make_shot_folder(3)
    shot = folder.shot(1001, trimaps=str(folder.folder / "out" / "t.####.png"))
    job = prepare_job(shot, None, "render", False)
    files = {frame: folder.folder / "out" / f"t.{frame}.png" for frame in folder.frames}
    files[1001].parent.mkdir()
    for frame, path in files.items():
        write_trimap(path, read_labels(folder.trimap_file(frame)), record=job.hashes.trimaps[frame])

    def take_away(event: object) -> None:
        if isinstance(event, Notice) and event.kind == "estimate":  # the run knows what is finished
            files[1002].unlink()
            if record:
                write_trimap(files[1002], read_labels(folder.trimap_file(1001)), record=record)

    with pytest.raises(WriteError, match=r"t\.1002\.png was removed meanwhile, or replaced by another run"):
        render(shot, continue_on_error=True, on_event=take_away)


def test_cancelling_keeps_what_is_finished(make_shot_folder):
    folder = make_shot_folder(10)
    done: list[int] = []

    def on_event(event: object) -> None:
        if isinstance(event, FrameDone):
            done.append(event.frame)

    with pytest.raises(Cancelled):
        render(folder.shot(), on_event=on_event, cancelled=lambda: len(done) >= 3)
    kept = sorted(int(p.name.split(".")[1]) for p in (folder.folder / "out").iterdir())
    assert done == kept and 3 <= len(kept) < 10
    assert render(folder.shot()).skipped == tuple(kept)


def test_leftovers_of_a_killed_run_go_when_their_frame_is_made(make_shot_folder):
    folder = make_shot_folder(2)
    out = folder.folder / "out"
    out.mkdir()
    for name in (".stfam-99999-matte.1001.exr", ".stfam-99999-other.1001.exr"):
        (out / name).write_bytes(b"half")
        os.utime(out / name, (time.time() - 3600,) * 2)  # one of the last minutes may be another machine's
    render(folder.shot())
    assert sorted(p.name for p in out.iterdir()) == [".stfam-99999-other.1001.exr", "matte.1001.exr", "matte.1002.exr"]


def test_going_on_past_a_file_whose_name_is_taken(make_shot_folder):
    folder = make_shot_folder(6)
    folder.matte_file(1003).mkdir(parents=True)
    with pytest.raises(
        UnwritableFrameError, match=r"matte\.1003\.exr could not be written: its name is taken"
    ) as caught:
        render(folder.shot(), overwrite=True)
    assert caught.value.exit_status == 6 and ".stfam-" not in str(caught.value)
    assert not folder.matte_file(1004).exists()
    summary, events = run_on(folder.shot())
    assert summary.failed == (1003,) and summary.skipped == (1001, 1002) and summary.rendered == (1004, 1005, 1006)
    assert [(e.frame, e.kind) for e in events if isinstance(e, FrameFailed)] == [(1003, "UnwritableFrameError")]


@pytest.mark.parametrize("broken", [1001, 1006], ids=["first", "last"])
def test_going_on_past_a_keyframe_whose_plate_is_unreadable(make_shot_folder, broken):
    folder = make_shot_folder(6)
    kept = folder.plate_file(broken).read_bytes()
    folder.plate_file(broken).write_bytes(b"")
    with pytest.raises(InputError, match=str(broken)):
        render(folder.shot(1001, 1006))
    summary, events = run_on(folder.shot(1001, 1006))
    assert summary.failed == (broken,) and len(summary.rendered) == 5
    assert any(f"keyframe {broken} is left out" in e.message for e in events if isinstance(e, Notice))
    trimaps = replace(folder.shot(1001, 1006), output=Output(str(folder.folder / "t.####.png")))
    assert render(trimaps, step="propagate", continue_on_error=True).failed == (broken,)
    folder.plate_file(broken).write_bytes(kept)
    assert len(render(folder.shot(1001, 1006)).rendered) == 6


def test_going_on_where_every_frame_is_a_keyframe_and_the_first_is_unreadable(make_shot_folder):
    folder = make_shot_folder(2)
    folder.plate_file(1001).write_bytes(b"")
    assert run_on(folder.shot(1001, 1002))[0].failed == (1001,)


@pytest.mark.parametrize(
    ("broken", "left_out"),
    [((1030,), ()), ((1010,), (1010,)), ((1010, 1020, 1030), (1010, 1020, 1030))],
    ids=["far", "near", "all beyond the first"],
)
def test_keyframes_that_decide_nothing_of_what_is_asked_for_are_not_read(make_shot_folder, broken, left_out):
    folder = make_shot_folder(30, size=(16, 24))
    for frame in broken:
        folder.plate_file(frame).write_bytes(b"")
    assert tuple(prepare_job(folder.shot(1001, 1010, 1020, 1030), "1001", "render", True).left_out) == left_out


def test_a_key_that_decides_nothing_of_what_is_asked_for_may_be_unfinished(make_shot_folder):
    folder = make_shot_folder(30, size=(32, 48))
    write_trimap(folder.trimap_file(1030), np.full((32, 48), 255, np.uint8))
    shot = folder.shot(1001, 1010, 1020, 1030)
    assert render(shot, frames="1001").rendered == (1001,)
    with pytest.raises(InputError, match=r"trimap\.1030"):
        render(shot, frames="1011")


def test_premultiplied_png_is_refused_before_anything_is_written(make_shot_folder):
    folder = make_shot_folder(2)
    out = folder.folder / "out"
    output = Output(str(out / "m.####.png"), foreground=str(out / "f.####.png"), premultiplied=True)
    with pytest.raises(UsageError, match="straight colour only"):
        render(replace(folder.shot(), output=output))
    assert not out.exists()


def test_a_movie_that_lacks_a_frame_is_not_written(make_shot_folder):
    folder = make_shot_folder(4)
    folder.plate_file(1003).write_bytes(b"")
    with pytest.raises(InputError, match="1003"):
        run_on(replace(folder.shot(), output=Output(str(folder.folder / "out" / "matte.mov"))))
    assert not list((folder.folder / "out").iterdir())


def test_another_colour_configuration_makes_the_mattes_stale(make_shot_folder, tmp_path, monkeypatch):
    folder = make_shot_folder(1, size=(32, 48))
    config = tmp_path / "studio.ocio"
    config.write_text(ocio.Config.CreateFromBuiltinConfig("cg-config-v2.2.0_aces-v1.3_ocio-v2.4").serialize())
    monkeypatch.setenv("OCIO", str(config))
    assert render(folder.shot()).rendered == (1001,)
    assert render(folder.shot()).skipped == (1001,)
    config.write_text(config.read_text() + "\n# another look\n")
    assert render(folder.shot()).rendered == (1001,)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"weights": "lite-single", "propagation_weights": "lite-single", "window": 0}, "Give the propagation weights by"),
     ({"weights": "lite-single", "window": 2}, "a window of 2 is too large. Choose 0"),
     ({"weights": "nosuch", "propagation_weights": "nosuch"}, "no matting weights 'nosuch'.* lite or lite-single")],
    ids=["single", "window", "no such"],
)  # fmt: skip
def test_weights_that_do_not_fit_are_refused_before_anything_is_made(make_shot_folder, settings, said):
    folder = make_shot_folder(2)
    shot = replace(folder.shot(), settings=replace(folder.shot().settings, **settings))
    with pytest.raises((WeightsError, UsageError), match=said):
        render(shot)
    assert not (folder.folder / "out").exists()


@pytest.mark.parametrize("suffix", ["exr", "tif", "mov"])
def test_colours_that_a_format_cuts_off_are_said_once(make_shot_folder, suffix):
    folder = make_shot_folder(2)
    place = "f.mov" if suffix == "mov" else f"f.####.{suffix}"
    shot = folder.shot(*folder.frames, foreground=str(folder.folder / "out" / place))
    said = [e.message for e in run_on(shot)[1] if isinstance(e, Notice) and e.kind == "foreground"]
    assert len(said) == (suffix != "exr")
    assert all(f".{suffix} holds colours from 0 to 1" in message for message in said)
