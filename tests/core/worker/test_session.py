"""What is said and shown of frames of the open shot."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import UsageError
from stfam.core.media.matte_writer import write_matte
from stfam.core.refinement import refine
from stfam.core.render_job import prepare_job
from stfam.core.shot import Keyframe, Refinement
from stfam.core.worker import layers, solver
from stfam.core.worker import results as results_module
from stfam.core.worker.messages import Configure, Frame, Matte, Pixel, Propagate, Status
from stfam.core.worker.open_plate import OpenPlate
from stfam.core.worker.results import Results
from stfam.core.worker.session import Session
from stfam.core.worker.shot_object import shot_object
from stfam.core.worker.warm_start import WarmStart

LESS = 4
"""Pixels of the plate that one of the proxy stands for."""


@pytest.fixture
def half_white(make_shot_folder, tmp_path: Path) -> Session:
    """A shot whose first frame has a proxy that is white left of the middle."""
    folder = make_shot_folder(count=2)
    session = Session(folder.shot(1001), str(tmp_path / "cache"), WarmStart())
    height, width = folder.size
    alpha = np.zeros((height // LESS, width // LESS), np.float32)
    alpha[:, : width // LESS // 2] = 1
    results: Results = session._results
    results.put_preview(1001, alpha)
    return session


def test_the_alpha_under_the_pointer_is_that_of_its_place(half_white):
    height, width = half_white._plate.size
    places = {"left": (width // 2 - 1, 0), "right": (width // 2, height - 1), "last": (width - 1, height - 1)}
    values = {name: half_white.pixel(Pixel(1001, *place))["alpha"] for name, place in places.items()}
    assert values == {"left": 1, "right": 0, "last": 0}


def test_the_label_under_the_pointer_is_that_of_its_place_on_an_older_plate_too(half_white):
    (height, width), file = half_white._plate.size, half_white._results.trimap_path(1002)
    file.parent.mkdir()
    labels = np.zeros((height // 2, width // 2), np.uint8)
    labels[-1, -1] = 255
    cv2.imwrite(str(file), labels)
    assert [half_white.pixel(Pixel(1002, x, height - 1))["trimap"] for x in (0, width - 1)] == [0, 255]


@pytest.mark.parametrize("refinement", [Refinement(shrink=8), Refinement(shrink=-8), Refinement(blur=6)], ids=str)
def test_a_proxy_is_refined_as_its_full_size_will_be(half_white, refinement):
    half_white.configure(Configure(shot_object(replace(half_white._shot, refinement=refinement))))
    full = np.zeros(half_white._plate.size, np.float32)
    full[:, : full.shape[1] // 2] = 1
    expected = refine(full, refinement).reshape(full.shape[0] // LESS, LESS, -1, LESS).mean((1, 3))
    answer = half_white.picture(Frame(1001, "alpha", 0))
    assert answer["proxy"]
    shown = np.fromfile(answer["path"], np.uint8).reshape(answer["height"], answer["stride"])[:, : answer["width"]]
    assert np.abs(shown / 255 - expected).max() < 0.1


def test_a_background_that_is_rendered_again_is_the_one_under_the_comp(half_white, tmp_path):
    file, corners = tmp_path / "behind.1001.png", []
    for grey in (20, 220):
        cv2.imwrite(str(file), np.full((8, 8, 3), grey, np.uint8))
        os.utime(file, (grey, grey))
        answer = half_white.picture(Frame(1001, "comp", 0, str(file)))
        corners.append(int(np.fromfile(answer["path"], np.uint8).reshape(answer["height"], answer["stride"])[0, -4]))
    assert corners == [20, 220]


@pytest.mark.parametrize(("first", "shown"), [(1003, [3, 3, 3]), (1, [1, 2, 3]), (1000, [1001, 1002, 1002])])
def test_the_comp_lies_over_the_background_of_its_time(make_shot_folder, tmp_path, first, shown):
    folder = make_shot_folder(count=3)
    session = Session(folder.shot(1001), str(tmp_path / "cache"), WarmStart())
    for frame in range(first, first + 3):
        cv2.imwrite(str(tmp_path / f"behind.{frame:04}.png"), np.full((8, 8, 3), frame % 1000, np.uint8))
    corners = []
    for frame in folder.frames:
        session._results.put_preview(frame, np.zeros(folder.size, np.float32))
        answer = session.picture(Frame(frame, "comp", 0, str(tmp_path / "behind.####.png")))
        corners.append(int(np.fromfile(answer["path"], np.uint8)[0]))
    assert corners == [frame % 1000 for frame in shown]


def test_keys_of_a_pattern_are_those_that_the_plate_has(make_shot_folder, tmp_path):
    folder = make_shot_folder(count=2)
    shot = replace(folder.shot(1001), keys=(), keys_pattern=str(tmp_path / "k.####.png"))
    for frame in (1001, 1005):
        (tmp_path / f"k.{frame}.png").write_bytes(folder.trimap_file(1001).read_bytes())
    for given in (shot, replace(folder.shot(1001), keys_pattern="")):
        assert list(Session(given, str(tmp_path / "cache"), WarmStart()).key_files()) == ["1001"]


def test_two_backgrounds_that_are_asked_for_at_once_stay_apart(half_white, tmp_path, monkeypatch):
    plates = [str(tmp_path / f"{name}.####.png") for name in ("dark", "bright")]
    for plate, value in zip(plates, (20, 220)):
        cv2.imwrite(plate.replace("####", "1001"), np.full((64, 96, 3), value, np.uint8))
    comps = {}

    def ask(plate: str) -> None:
        answer = half_white.picture(Frame(1001, "comp", 0, plate))
        comps[plate] = int(np.fromfile(answer["path"], np.uint8).reshape(answer["height"], answer["stride"])[0, -4])

    class Interrupted(OpenPlate):
        @property
        def frames(self) -> tuple[int, ...]:
            if self.spec == plates[0] and hasattr(self, "meta") and plates[1] not in comps:
                ask(plates[1])  # as another thread may, once it is open
            return super().frames

    monkeypatch.setattr(layers, "OpenPlate", Interrupted)
    ask(plates[0])
    assert comps == {plates[0]: 20, plates[1]: 220}


def test_estimates_know_what_jobs_measured_though_both_were_first(half_white, monkeypatch):
    made = []

    class Slow(solver.Solver):
        def __init__(self, *parts) -> None:
            time.sleep(0.1)
            super().__init__(*parts)
            made.append(self)

    monkeypatch.setattr(solver, "Solver", Slow)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(half_white.estimate, ["1001", "1001"]))
    assert len(made) == 1


def test_a_cache_that_is_cleared_while_it_is_looked_at_is_no_fault(half_white: Session, monkeypatch) -> None:
    for path in (half_white._results.alpha_path(1002), half_white._results.trimap_path(1002)):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.setattr(results_module, "recorded", lambda path: path.unlink())
    states = half_white.status()["status"]
    assert (states["matte"]["stale"], states["trimap"]["stale"]) == ("1002", "1002"), "as it was"
    assert "stale" not in half_white.status()["status"]["matte"]


def test_states_look_at_each_frame_of_the_plate_once_for_all_hashes(make_shot_folder, tmp_path, monkeypatch) -> None:
    session = Session(make_shot_folder(12).shot(), str(tmp_path / "cache"), WarmStart())
    for frame in session._plate.frames:
        path = session._results.alpha_path(frame)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    looked: list[int] = []
    identity = session._plate.identity
    monkeypatch.setattr(session._plate, "identity", lambda frame: looked.append(frame) or identity(frame))
    for _ in range(2):
        assert session.status()["status"]["matte"] == {"stale": "1001-1012"}
        assert sorted(looked) == list(session._plate.frames)
        looked.clear()
    session._plate._plate.path(1005).unlink()
    session._results.alpha(1004)
    assert 1005 in looked, "what is asked later looks again"


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_key_of_its_frames_data_windows_size_lies_over_the_display_window(make_shot_folder, tmp_path, suffix):
    folder = make_shot_folder(count=2)
    spec = oiio.ImageSpec(50, 40, 3, oiio.HALF)
    spec.x, spec.y, spec.full_width, spec.full_height = 30, 10, 96, 64
    plate = oiio.ImageOutput.create(str(folder.plate_file(1002)))
    assert plate.open(str(folder.plate_file(1002)), spec) and plate.write_image(np.full((40, 50, 3), 0.5, np.float32))
    plate.close()
    labels = np.full((40, 50), 128, np.uint8)
    labels[4:-4, 4:-4] = 255
    cv2.imwrite(str(tmp_path / f"key.{suffix}"), labels)
    older = tmp_path / "older.png"
    cv2.imwrite(str(older), labels[:32])
    shot = replace(folder.shot(), keys=(Keyframe(1001, str(older)), Keyframe(1002, str(tmp_path / f"key.{suffix}"))))
    session = Session(shot, str(tmp_path / "cache"), WarmStart())
    files = session.key_files()
    laid = cv2.imread(files["1002"], cv2.IMREAD_GRAYSCALE)
    assert files["1001"] == str(older)  # which the panel scales
    assert laid.shape == (64, 96) and (laid[10:50, 30:80] == labels).all() and laid.sum() == labels.sum()
    assert [session.pixel(Pixel(1002, *place))["trimap"] for place in ((34, 14), (30, 10), (29, 10))] == [255, 128, 0]


def test_another_colour_space_is_shown_and_solved(half_white):
    def read_as(name: str) -> dict[str, object]:
        settings = replace(half_white._shot.settings, colorspace=name)
        return half_white.configure(Configure(shot_object(replace(half_white._shot, settings=settings))))

    before = half_white.picture(Frame(1001))["path"]
    with pytest.raises(UsageError, match="colour space 'nowhere' is unknown"):
        read_as("nowhere")
    assert half_white.picture(Frame(1001))["path"] == before
    assert read_as("ACEScg")["colorspace"] == "ACEScg"
    assert half_white.picture(Frame(1001))["path"] != before
    job = prepare_job(half_white._results.shot, None, "render", continue_on_error=True)
    assert half_white._results.hashes.matte(1002) == job.hashes.matte(1002), "what is solved now holds"


def test_a_proxy_is_kept_until_the_full_size_is_there(half_white):
    results, meta = half_white._results, half_white._plate.meta
    assert half_white.status()["status"]["matte"] == {"missing": "1002", "proxy": "1001"}
    path = results.alpha_path(1001)
    path.parent.mkdir()
    write_matte(path, np.zeros(meta.size, np.float32), meta, record=results.hashes.matte(1001))
    assert half_white.status()["status"]["matte"] == {"missing": "1002", "fresh": "1001"}
    assert not results._previews, "a session of days would have gathered one of every frame"


@pytest.mark.parametrize("asked", [Configure, Matte])
def test_what_is_solved_of_a_plate_that_is_still_being_rendered_holds(half_white, make_shot_folder, asked):
    whole = make_shot_folder(count=4, name="whole")
    for frame in (1003, 1004):
        whole.plate_file(frame).rename(half_white._results.shot.plate.replace("####", str(frame)))
    stale = half_white._results.hashes.matte(1002)
    if asked is Configure:
        assert half_white.configure(Configure(shot_object(half_white._shot)))["changed"] == "1001-1002"
    else:
        half_white.work(Matte("1002"), None, 7)
    job = prepare_job(half_white._results.shot, None, "render", continue_on_error=True)
    assert half_white._results.hashes.matte(1002) == job.hashes.matte(1002) != stale
    assert half_white.status()["status"]["matte"] == {"missing": "1001-1002"}, "the frames that it was opened with"


def test_what_is_solved_without_a_key_whose_plate_is_broken_holds_until_that_is_mended(
    worker, open_shot, make_shot_folder
):
    folder, client = make_shot_folder(count=4), worker()
    open_shot(client, folder, keys=(1001, 1004))
    whole = folder.plate_file(1004).read_bytes()
    folder.plate_file(1004).write_bytes(b"half written")
    assert client.call(Propagate("1003"), 120) == {"done": 1, "failed": 0}
    assert client.call(Status(), 30)["status"]["trimap"] == {"fresh": "1001,1003-1004", "missing": "1002"}
    alone = client.call(Configure(shot_object(folder.shot(1004))), 30)["status"]
    assert alone["trimap"] == {"missing": "1001-1002", "stale": "1003", "fresh": "1004"}, "the key that is left"
    client.call(Configure(shot_object(folder.shot(1001, 1004))), 30)
    folder.plate_file(1004).write_bytes(whole)
    assert client.call(Status(), 30)["status"]["trimap"] == {"fresh": "1001,1004", "missing": "1002", "stale": "1003"}
