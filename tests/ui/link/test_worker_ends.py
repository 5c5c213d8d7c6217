"""What is asked of a worker that ended, hangs or has only just started."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import threading
import weakref

from PySide6.QtCore import QSettings

from stfam.core.worker.client import WorkerClient
from stfam.core.worker.messages import Status
from stfam.core.worker.protocol import Event
from stfam.ui.link.jobs import Job
from stfam.ui.model.basis import Basis
from stfam.ui.model.frame_states import Lane, State
from stfam.ui.model.lock import ShotLock
from stfam.ui.panel import Panel


def _kill(driver) -> None:
    os.kill(driver.work.link.pid, signal.SIGKILL)
    driver.wait(lambda: not driver.work.link.alive and driver.said != "")


def _text(driver) -> str:
    return driver.panel.status.hint.text()


def test_what_is_asked_where_no_worker_runs_is_refused(drive):
    driver = drive()
    link, refused = driver.work.link, []
    link.stop()
    assert link.ask(Status(), lambda _: None, refused.append) == 0 and not refused, "called later, as ever"
    driver.wait(lambda: bool(refused))
    assert "not running" in str(refused[0])


def test_a_plate_opened_without_a_worker_is_said_and_opened_by_the_next_one(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    other = make_shot_folder(count=3, first=1, name="other")
    driver.work.link.said.emit(Event("device", 0, {"text": "Device: CPU"}))
    _kill(driver)
    assert driver.panel.status.device.text() == "no worker"
    driver.panel.open_path(other.plate)
    assert "plate.####" in driver.said and "when it runs again" in driver.said
    assert "restart" in driver.work.messages.current.actions and "Opening" not in _text(driver)
    with driver.qtbot.waitSignal(driver.work.opener.opened, timeout=240_000):
        driver.act("restart")
    assert driver.work.document.plate.spec == other.plate


def test_a_worker_that_ends_while_it_opens_leaves_no_opening_behind(drive, make_shot_folder):
    driver = drive()
    first, second = make_shot_folder(count=2), make_shot_folder(count=3, first=1, name="other")
    driver.open(first.plate)
    os.kill(driver.work.link.pid, signal.SIGSTOP)
    driver.panel.open_path(second.plate)
    assert "Opening" in _text(driver)
    _kill(driver)
    assert "Opening" not in _text(driver)
    with driver.qtbot.waitSignal(driver.work.opener.opened, timeout=240_000):
        driver.act("restart")
    assert driver.work.document.plate.spec == second.plate


def test_a_worker_that_is_new_opens_what_is_open_where_the_next_shot_is_none(drive, make_shot_folder, tmp_path):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    _kill(driver)
    driver.panel.open_path(str(tmp_path / "nothing.####.exr"))
    with driver.qtbot.waitSignal(driver.work.opener.opened, timeout=240_000):
        driver.act("restart")
    assert "no frames" in driver.said and driver.work.sync.attached


def test_a_job_begun_right_after_a_restart_waits_for_the_shot_and_runs(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=3).plate)
    driver.paint_disc(28.8)
    driver.act("restart")
    driver.act("propagate_both")
    assert driver.work.jobs.interrupted and "waits for the worker" in driver.panel.status.progress.format()
    with driver.qtbot.waitSignal(driver.work.jobs.finished, timeout=240_000):
        pass
    assert driver.said == ""
    driver.wait(lambda: driver.work.states.frames(Lane.TRIMAP, State.FRESH)[-2:] == [1002, 1003])


def test_a_job_that_waits_for_a_worker_can_be_stopped(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=12).plate)
    driver.paint_disc(28.8)
    os.kill(driver.work.link.pid, signal.SIGSTOP)
    driver.act("propagate_both")
    _kill(driver)
    assert driver.panel.status.progress.isVisible()
    driver.act("stop")
    assert not driver.panel.status.progress.isVisible()
    assert not driver.panel.actions_by_id["stop"].isEnabled()


def test_a_job_that_was_to_stop_does_not_go_on_with_the_next_worker(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=12).plate)
    driver.paint_disc(28.8)
    driver.act("propagate_both")
    os.kill(driver.work.link.pid, signal.SIGSTOP)
    driver.act("stop")
    progress = driver.panel.status.progress
    assert progress.text() == "Stopping after this frame…" and progress.maximum() > 0, "an endless bar shows no text"
    _kill(driver)
    assert driver.work.jobs.current is None


def test_what_waits_for_a_worker_is_dropped_with_its_shot(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    driver.work.jobs.current = Job("matte", (1001, 1002), Basis.of(driver.work.document))
    driver.open(make_shot_folder(count=2, first=1, name="other").plate)
    assert driver.work.jobs.current is None


def test_a_worker_that_hangs_holds_up_neither_requests_nor_a_restart_nor_closing(drive, make_shot_folder, monkeypatch):
    close, closed_on = WorkerClient.close, []

    def noted(client: WorkerClient, grace: float = 3.0) -> int | None:
        closed_on.append(threading.current_thread())
        return close(client, grace)

    monkeypatch.setattr(WorkerClient, "close", noted)
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    hanging = driver.work.link.pid
    os.kill(hanging, signal.SIGSTOP)
    for _ in range(3000):  # more than any pipe holds
        driver.work.link.tell(Status())
    driver.act("restart")
    driver.wait(lambda: driver.work.sync.attached and driver.work.link.pid != hanging)
    assert driver.work.document.plate is not None
    driver.wait(lambda: not os.path.exists(f"/proc/{hanging}"))
    os.kill(driver.work.link.pid, signal.SIGSTOP)
    driver.panel.shut()
    driver.wait(lambda: len(closed_on) == 2)
    assert threading.main_thread() not in closed_on, "closing waits for the worker"


def test_frames_that_failed_are_no_longer_marked_when_they_were_made(drive, make_shot_folder):
    folder = make_shot_folder(count=3)
    driver = drive()
    driver.open(folder.plate)
    work = driver.work
    driver.paint_disc(28.8)
    away = folder.folder.with_name("away")
    shutil.move(folder.folder, away)
    for frame in (1002, 1003):
        work.playhead.go(frame)
        driver.wait(lambda frame=frame: work.states.state(Lane.PLATE, frame) is State.FAILED)
    driver.act("propagate_both")
    driver.wait(lambda: not work.jobs.running and work.messages.current is not None)
    shutil.move(away, folder.folder)
    driver.job("propagate_both")
    assert driver.said == ""
    driver.wait(lambda: not work.states.frames(Lane.PLATE, State.FAILED))
    assert work.states.reason(1002) == ""


def test_a_read_only_panel_leaves_nothing_in_the_sessions(drive, make_shot_folder):
    folder = make_shot_folder(count=2)
    first = drive()
    first.open(folder.plate)
    second = drive()
    for _ in range(2):
        second.open(folder.plate)
    reader = second.work.autosave.folder
    second.work.autosave.flush()
    assert second.work.document.read_only and reader.is_dir()
    second.panel.shut()
    assert not reader.exists() and first.work.autosave.folder.is_dir()


def test_what_an_earlier_worker_still_says_is_dropped(drive):
    code = (
        "import json, sys, time\n"
        "for line in sys.stdin:\n"
        "    call = json.loads(line)\n"
        "    print(json.dumps({'id': call['id'], 'result': {}}), flush=True)\n"
        "    if call['method'] == 'shutdown':\n"
        "        data = {'text': 'of the one before', 'name': '', 'fallback': False}\n"
        "        print(json.dumps({'event': 'device', 'job': 0, 'data': data}), flush=True)\n"
        "        break\n"
    )
    driver = drive(command=[sys.executable, "-c", code])
    heard = []
    driver.work.link.said.connect(heard.append)
    with driver.qtbot.waitSignal(driver.work.link.started, timeout=240_000):
        driver.act("restart")
    driver.qtbot.wait(500)
    assert heard == [] and driver.said == ""


def test_a_panel_that_a_host_takes_away_without_closing_it_leaves_nothing(qtbot, tmp_path):
    threads = set(threading.enumerate())
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    panel = Panel(lambda: [sys.executable, "-c", "import sys; sys.stdin.read()"], settings)
    panel.show()
    panel.workplace.document.packer.pack(b"paint")
    worker, lock, gone = panel.workplace.link.pid, ShotLock(), weakref.ref(panel)
    assert panel.workplace.opener._lock.take(tmp_path) and not lock.take(tmp_path)
    panel.hide()
    panel.deleteLater()
    del panel
    qtbot.waitUntil(lambda: not os.path.exists(f"/proc/{worker}"), timeout=240_000)
    qtbot.waitUntil(lambda: gc.collect() >= 0 and gone() is None, timeout=240_000)
    assert lock.take(tmp_path)
    qtbot.waitUntil(lambda: threads.issuperset(threading.enumerate()), timeout=240_000)
