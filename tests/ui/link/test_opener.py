"""What is open stays, with its lock and its unsaved work, until the next shot is there."""

from __future__ import annotations

import json
import os
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path

import OpenImageIO as oiio
import pytest
from PySide6.QtWidgets import QMessageBox

from stfam.core.worker.protocol import Event
from stfam.ui.link.frame_store import Wanted
from stfam.ui.model.frame_states import Lane, State
from stfam.ui.model.shot_file import keys_folder
from stfam.ui.model.trimap_canvas import TrimapCanvas


@pytest.fixture
def discard(monkeypatch) -> list[str]:
    """Answer Discard to each question; holds what was asked."""
    asked: list[str] = []
    answer = QMessageBox.StandardButton.Discard
    monkeypatch.setattr(QMessageBox, "exec", lambda box: (asked.append(box.text()), answer)[1])
    return asked


def _unsaved(driver) -> bool:
    driver.work.autosave.flush()
    session = driver.work.autosave.folder / "session.json"
    return session.is_file() and json.loads(session.read_bytes())["unsaved"]


def test_paint_that_was_to_be_discarded_for_what_does_not_open_is_still_unsaved(painted, discard, tmp_path):
    painted.panel.open_path(str(tmp_path / "nothing.####.exr"))
    painted.wait(lambda: "no frames" in painted.said)
    assert len(discard) == 1 and painted.work.document.keys
    assert painted.panel.isWindowModified() and _unsaved(painted)
    painted.panel.close()
    assert len(discard) == 2 and "unsaved" in discard[1]


def test_discarding_opens_the_same_shot_as_it_was_saved(painted, discard, tmp_path):
    shot = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(shot)
    painted.brush(255, 6)
    painted.stroke((80, 50))
    painted.open(shot)
    assert len(discard) == 1 and painted.work.document.keys[1001].label(80, 50) == 0
    assert not painted.panel.isWindowModified() and not _unsaved(painted)


def test_keys_of_a_plate_that_is_rendered_at_another_size_are_scaled(painted, make_shot_folder, tmp_path):
    shot = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(shot)
    for path in Path(painted.work.document.plate.spec).parent.glob("*.exr"):
        assert oiio.ImageBufAlgo.resize(oiio.ImageBuf(str(path)), roi=oiio.ROI(0, 48, 0, 32)).write(str(path))
    before = painted.work.document.keys[1001]
    painted.act("matte_range")
    painted.wait(lambda: "is 48x32 now, and was 96x64 when it was opened. Open it again" in painted.said)
    painted.open(shot)
    key, plate = painted.work.document.keys[1001], painted.work.document.plate
    assert (key.width, key.height) == (plate.width, plate.height) == (before.width // 2, before.height // 2)
    assert [key.label(x, 16) for x in (14, 23, 40)] == [before.label(2 * x, 32) for x in (14, 23, 40)] == [255, 128, 0]
    assert "painted on frame 1001 was scaled" in painted.said and painted.panel.isWindowModified()


def test_what_is_painted_after_discard_can_be_restored(painted, discard, make_shot_folder):
    first, other = painted.work.document.plate.spec, make_shot_folder(count=1, name="other").plate
    os.kill(painted.work.link.pid, signal.SIGKILL)
    painted.wait(lambda: not painted.work.link.alive)
    painted.panel.open_path(other)
    painted.brush(255, 6)
    painted.stroke((80, 50))
    with painted.qtbot.waitSignal(painted.work.opener.opened, timeout=240_000):
        painted.act("restart")
    assert painted.work.document.plate.spec == other
    painted.open(first)
    assert "restored" in painted.said and painted.work.document.keys[1001].label(80, 50) == 255


def test_a_shot_that_is_changed_while_it_is_opened_again_stays_open(painted, discard, tmp_path):
    shot = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(shot)
    os.kill(painted.work.link.pid, signal.SIGKILL)
    painted.wait(lambda: not painted.work.link.alive)
    painted.panel.open_path(str(shot))
    painted.brush(255, 6)
    painted.stroke((80, 50))
    assert "not opened again" in painted.said
    with painted.qtbot.waitSignal(painted.work.opener.opened, timeout=240_000):
        painted.act("restart")
    assert painted.work.document.keys[1001].label(80, 50) == 255 and painted.panel.isWindowModified()


def test_a_shot_that_cannot_be_opened_again_stays_locked(painted, drive, tmp_path):
    shot, plate = tmp_path / "s.stfam", painted.work.document.folder
    assert painted.panel.files.save_to(shot)
    away = plate.with_name("away")
    shutil.move(plate, away)
    painted.panel.open_path(str(shot))
    painted.wait(lambda: "no frames" in painted.said)
    shutil.move(away, plate)
    second = drive()
    second.open(shot)
    assert second.work.document.read_only
    painted.brush(255, 6)
    painted.stroke((80, 50))
    assert painted.panel.files.save() and not second.panel.files.save_to(shot)
    assert TrimapCanvas.from_file(keys_folder(shot) / "s.1001.png").label(80, 50) == 255
    painted.open(shot)
    assert painted.work.document.editable, "opened again, it is still this panel's"


def test_a_shot_whose_key_cannot_be_read_leaves_the_worker_with_what_is_open(painted, make_shot_folder, tmp_path):
    other, shot = make_shot_folder(count=3, first=1, name="other").plate, tmp_path / "broken.stfam"
    (tmp_path / "key.png").write_bytes(b"no image")
    key = {"frame": 1, "trimap": str(tmp_path / "key.png")}
    saved = tmp_path / "s.stfam"
    assert painted.panel.files.save_to(saved)
    shot.write_text(json.dumps({**json.loads(saved.read_text("utf-8")), "plate": other, "keys": [key], "frames": ""}))
    painted.panel.open_path(str(shot))
    painted.wait(lambda: "key.png" in painted.said)
    painted.job("propagate_both")
    painted.wait(lambda: painted.work.states.state(Lane.TRIMAP, 1002) is State.FRESH)
    assert "open plate is" not in painted.said


def test_a_shot_that_was_opened_in_vain_does_not_keep_the_worker(painted, discard, make_shot_folder, tmp_path):
    opener = painted.work.opener
    opener.open_plate(make_shot_folder(count=3, first=1, name="other").plate)
    opener.open_plate(str(tmp_path / "nothing.####.exr"))
    painted.wait(lambda: "no frames" in painted.said)
    painted.job("propagate_both")
    painted.wait(lambda: painted.work.states.state(Lane.TRIMAP, 1002) is State.FRESH)
    assert "open plate is" not in painted.said


def test_nothing_is_said_of_a_shot_that_was_left(painted, make_shot_folder):
    others = [make_shot_folder(count=1, name=name).plate for name in ("one", "two")]
    with painted.qtbot.waitSignal(painted.work.opener.opened, timeout=240_000):
        painted.work.opener.open_plate(others[0])
    painted.work.opener.open_plate(others[1])
    painted.work.sync._configure()
    with painted.qtbot.waitSignal(painted.work.sync.told, timeout=240_000):
        painted.wait(lambda: painted.work.document.plate.spec == others[1])
    assert painted.said == ""


@pytest.fixture
def asked_at_once(painted):
    """What is done within it reaches the worker before that answers any of it."""

    @contextmanager
    def held():
        os.kill(painted.work.link.pid, signal.SIGSTOP)
        yield
        os.kill(painted.work.link.pid, signal.SIGCONT)

    return held


def test_a_job_that_is_begun_while_another_shot_is_opened_is_not_done_with_that(
    painted, asked_at_once, make_shot_folder
):
    work, other, said = painted.work, make_shot_folder(count=2, name="other").plate, []
    with painted.qtbot.waitSignal(work.opener.opened, timeout=240_000), asked_at_once():
        work.opener.open_plate(other)
        painted.act("propagate_both")
    work.messages.changed.connect(lambda: said.append(painted.said))
    assert work.document.plate.spec == other and work.jobs.current is None
    painted.settle()
    assert said == []


def test_a_job_that_is_begun_while_nothing_is_opened_is_done(painted, asked_at_once, tmp_path):
    work = painted.work
    with painted.qtbot.waitSignal(work.jobs.finished, timeout=240_000), asked_at_once():
        work.opener.open_plate(str(tmp_path / "nothing.####.exr"))
        painted.act("propagate_both")
        assert work.jobs.interrupted
    painted.wait(lambda: work.states.state(Lane.TRIMAP, 1002) is State.FRESH)


def test_of_a_job_whose_shot_was_left_nothing_is_told(painted, asked_at_once, make_shot_folder):
    work, finished = painted.work, []
    other = make_shot_folder(count=2, name="other").plate
    work.document.opened.connect(lambda: work.jobs.finished.connect(finished.append))
    with painted.qtbot.waitSignal(work.opener.opened, timeout=240_000), asked_at_once():
        painted.act("propagate_both")
        job = work.jobs.current
        work.opener.open_plate(other)
    work.link.said.emit(Event("frame_failed", job.id, {"frame": 1002, "message": "of the one before"}))
    assert work.states.reason(1002) == "" and work.jobs.current is None
    painted.settle()
    assert finished == [] and painted.said == ""


def test_what_is_edited_while_a_broken_shot_is_opened_is_told_when_that_is_over(painted, asked_at_once, tmp_path):
    work, shot, said = painted.work, tmp_path / "broken.stfam", []
    other = Path(work.document.plate.spec).with_name("trimap.####.png")
    (tmp_path / "key.png").write_bytes(b"no image")
    shot.write_text(
        json.dumps({"stfam": 1, "plate": str(other), "output": {"matte": ""}, "keys": [_key(tmp_path / "key.png")]})
    )
    work.messages.changed.connect(lambda: said.append(painted.said))
    with painted.qtbot.waitSignal(work.opener.opened, timeout=240_000), asked_at_once():
        work.opener.open_shot(shot)
        painted.stroke((80, 50))
        work.sync.send()
    painted.settle()
    assert said and all("key.png" in text and "open plate is" not in text for text in said)


def _key(path: Path) -> dict[str, object]:
    return {"frame": 1001, "trimap": str(path)}


def test_a_picture_of_what_was_opened_in_between_is_not_taken_for_one_of_what_is_open(
    painted, asked_at_once, make_shot_folder, tmp_path
):
    store, wanted = painted.work.store, Wanted(1002, "plate", painted.panel.viewport._level())
    other = make_shot_folder(count=2, first=1002, name="other").plate
    assert store.at_hand(wanted) is None, "asked for before"
    with painted.qtbot.waitSignal(painted.work.opener.opened, timeout=240_000), asked_at_once():
        painted.work.opener.open_plate(other)
        store.picture(wanted)
        painted.work.opener.open_plate(str(tmp_path / "nothing.####.exr"))
    painted.wait(lambda: store.current(wanted) is not None)
    shown = store.current(wanted).image.copy()
    store.clear()
    painted.wait(lambda: store.current(wanted) is not None)
    assert store.current(wanted).image == shown
