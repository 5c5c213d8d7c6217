from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QToolButton

from stfam.ui.link.frame_store import Wanted
from stfam.ui.model.frame_states import Lane, State

WORKER = "import sys; from stfam.core.worker.server import main; main()"
NO_SPACE = (
    "import resource, signal\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
)
"""A worker that may write no file beyond 2,000 bytes: the system refuses as it does on a full disk."""


def test_a_worker_killed_in_a_job_is_said_and_the_job_goes_on_from_its_finished_frames(drive, make_shot_folder):
    driver = drive()
    work = driver.work
    driver.open(make_shot_folder(count=12).plate)
    work.document.assign("settings.window", 0)
    driver.paint_disc(28.8)
    painted = work.document.keys[1001].snapshot()
    pid = work.link.pid

    def kill_after_two() -> None:
        if work.jobs.running and len(work.jobs.current.finished) >= 2 and _runs(pid):
            os.kill(pid, signal.SIGKILL)

    work.jobs.changed.connect(kill_after_two)
    driver.act("matte_range")
    driver.wait(lambda: "worker process ended" in driver.said)
    assert "finished frames are safe" in driver.said and work.jobs.interrupted
    assert work.messages.current.actions == ("restart",)
    assert work.document.keys[1001].snapshot() == painted
    finished = set(work.jobs.current.finished)
    driver.stroke((10, 10), (14, 10))
    driver.act("undo")
    button = next(b for b in driver.panel.message_bar.findChildren(QToolButton) if b.text() == "Restart Worker")
    with driver.qtbot.waitSignal(work.jobs.finished, timeout=240_000):
        driver.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    driver.wait(lambda: work.states.frames(Lane.MATTE, State.FRESH) == list(range(1001, 1013)))
    assert finished and work.link.alive and work.link.pid != pid


def test_an_unreadable_frame_is_marked_and_the_rest_works(drive, make_shot_folder):
    folder = make_shot_folder(count=3)
    folder.plate_file(1002).write_bytes(b"no image")
    driver = drive()
    driver.open(folder.plate)
    work, level = driver.work, driver.panel.viewport._level()
    work.playhead.go(1002)
    driver.wait(lambda: work.states.state(Lane.PLATE, 1002) is State.FAILED)
    assert "cannot be read" in work.states.reason(1002)
    work.playhead.go(1003)
    driver.wait(lambda: work.store.at_hand(Wanted(1003, "plate", level)) is not None)
    driver.paint_disc(40)
    assert 1003 in work.document.keys


def test_a_plate_folder_that_goes_away_leaves_the_panel_working(drive, make_shot_folder):
    folder = make_shot_folder(count=3)
    driver = drive()
    driver.open(folder.plate)
    work = driver.work
    driver.paint_disc(28.8)
    shutil.rmtree(folder.folder)
    work.playhead.go(1003)
    driver.wait(lambda: work.states.state(Lane.PLATE, 1003) is State.FAILED)
    driver.stroke((10, 10), (20, 10))
    assert work.document.keys[1003].label(15, 10) == 255 and work.link.alive


@pytest.mark.parametrize("painted", [False, True], ids=["as it is", "painted on"])
def test_a_frame_that_is_back_is_shown_at_the_next_visit(drive, make_shot_folder, painted):
    folder = make_shot_folder(count=2)
    content = folder.plate_file(1002).read_bytes()
    folder.plate_file(1002).write_bytes(b"no image")
    driver = drive()
    driver.open(folder.plate)
    work = driver.work
    work.playhead.go(1002)
    driver.wait(lambda: work.states.state(Lane.PLATE, 1002) is State.FAILED)
    if painted:
        driver.stroke((10, 10), (20, 10))
        driver.wait(lambda: work.states.state(Lane.TRIMAP, 1002) is State.FRESH)
    folder.plate_file(1002).write_bytes(content)
    work.playhead.go(1001)
    work.playhead.go(1002)
    driver.wait(lambda: work.states.state(Lane.PLATE, 1002) is not State.FAILED)
    assert work.store.at_hand(Wanted(1002, "plate", driver.panel.viewport._level())) is not None
    assert work.states.reason(1002) == ""


def test_a_plate_that_is_not_there_is_said_and_what_was_open_stays(drive, make_shot_folder, tmp_path):
    folder = make_shot_folder(count=2)
    driver = drive()
    driver.open(folder.plate)
    driver.panel.open_path(str(tmp_path / "nothing.####.exr"))
    driver.wait(lambda: "no frames" in driver.said)
    assert driver.work.document.plate.spec == folder.plate
    (tmp_path / "broken.stfam").write_text("{}")
    driver.panel.open_path(str(tmp_path / "broken.stfam"))
    driver.wait(lambda: "not a shot" in driver.said)


def test_a_full_disk_under_the_cache_is_said_and_nothing_is_lost(drive, make_shot_folder):
    driver = drive(command=[sys.executable, "-c", NO_SPACE + WORKER])
    work = driver.work
    driver.open(make_shot_folder(count=2).plate)
    driver.wait(lambda: "could not be written" in work.states.reason(1001))
    assert "Free some space" in work.states.reason(1001)
    driver.paint_disc(28.8)
    assert work.document.keys[1001].label(28, 32) == 255 and work.link.alive


def test_a_full_disk_under_the_autosave_is_said_and_written_when_there_is_room(drive, make_shot_folder, monkeypatch):
    driver = drive()
    work = driver.work
    driver.open(make_shot_folder(count=1).plate)
    original = Path.write_bytes

    def refuse(self: Path, content: bytes) -> int:
        if self.suffix == ".part":
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(self, content)

    heard: list[str] = []
    work.messages.changed.connect(lambda: heard.append(driver.said))
    monkeypatch.setattr(Path, "write_bytes", refuse)
    driver.paint_disc(28.8)
    driver.wait(lambda: any("No space left" in text for text in heard))
    driver.act("matte_range")
    assert "No space left" in driver.said and not work.jobs.running
    driver.panel.message_bar.close_button.click()
    work.autosave._retry.start(100)
    driver.qtbot.wait(300)
    assert driver.said == "", "one problem is said once, however often it is tried again"
    monkeypatch.setattr(Path, "write_bytes", original)
    driver.wait(lambda: work.autosave.key_path(1001).is_file())


def test_a_full_disk_in_a_job_marks_its_frames_and_the_paint_stays(drive, make_shot_folder):
    driver = drive(command=[sys.executable, "-c", NO_SPACE + WORKER])
    work = driver.work
    driver.open(make_shot_folder(count=3).plate)
    driver.paint_disc(28.8)
    painted = work.document.keys[1001].snapshot()
    driver.act("matte_range")
    driver.wait(lambda: not work.jobs.running)
    driver.wait(lambda: work.states.frames(Lane.MATTE, State.FAILED) == [1001, 1002, 1003] or driver.said != "")
    reasons = [work.states.reason(frame) for frame in (1001, 1002, 1003)] + [driver.said]
    assert any("the disk may be full" in reason for reason in reasons), reasons
    assert work.document.keys[1001].snapshot() == painted and work.link.alive
    assert work.autosave.key_path(1001).is_file()


def test_closing_while_a_job_runs_asks_once_and_leaves_no_process(drive, make_shot_folder, monkeypatch, tmp_path):
    driver = drive()
    driver.open(make_shot_folder(count=12).plate)
    driver.paint_disc(28.8)
    driver.panel.files.save_to(tmp_path / "s.stfam")
    driver.act("propagate_both")
    assert driver.work.jobs.running
    asked, pid = [], driver.work.link.pid

    def stop(box: QMessageBox) -> int:
        discard = QMessageBox.StandardButton.Discard
        asked.append((box.text(), box.button(discard).text()))
        return discard

    monkeypatch.setattr(QMessageBox, "exec", stop)
    assert driver.panel.close()
    assert len(asked) == 1 and "busy" in asked[0][0] and asked[0][1] == "Stop and Close"
    driver.wait(lambda: not _runs(pid))


def test_a_stale_answer_does_not_reach_the_next_plate(drive, make_shot_folder):
    driver = drive()
    first, second = make_shot_folder(count=2), make_shot_folder(count=5, first=1, name="other")
    driver.work.opener.open_plate(first.plate)
    driver.open(second.plate)
    assert driver.work.document.plate.spec == second.plate
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        driver.qtbot.wait(20)
    assert driver.work.document.plate.frames == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    "command", [["/no-such-stfam", "worker"], [sys.executable, "-c", "import sys; sys.exit('broken')"]]
)
def test_a_worker_that_does_not_start_is_said_with_a_way_on(drive, command):
    driver = drive(command=command, wait=False)
    driver.wait(lambda: driver.said != "")
    assert "restart" in driver.work.messages.current.actions


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
