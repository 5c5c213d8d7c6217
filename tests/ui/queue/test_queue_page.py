"""The queue page, over a model in memory and over a program that answers as told."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from stfam.ui.queue import command_model
from stfam.ui.queue.command_model import CommandQueueModel
from stfam.ui.queue.job_table import JobTable
from stfam.ui.queue.model import QueueFrame, QueueJob, QueueModel
from stfam.ui.queue.page import QueuePage


class MemoryQueue(QueueModel):
    """A queue that remembers what it was asked."""

    def __init__(self, *jobs: QueueJob) -> None:
        super().__init__()
        self.jobs = jobs
        self.asked: list[tuple[str, int]] = []

    def watch(self, number: int | None) -> None:
        self.watched = number
        self.frames = (QueueFrame(1001, "written", 1.5), QueueFrame(1002, "failed", 0.0, "disk full"))
        self.frames_changed.emit()

    def ask(self, action: str, number: int) -> None:
        self.asked.append((action, number))

    def close(self) -> None:
        self.watched = None


def job(number: int, state: str = "running", done: int = 3) -> QueueJob:
    return QueueJob(number, f"shot{number}", state, 50, done, 10, 12.5, "disk full" if state == "failed" else "")


def enabled(page: QueuePage) -> set[str]:
    return {name for name, button in page.buttons.items() if button.isEnabled()}


def test_the_selected_job_is_watched(qtbot: QtBot) -> None:
    queue = MemoryQueue(job(1), job(2, "failed"))
    page = QueuePage(queue)
    qtbot.addWidget(page)
    assert enabled(page) == set()
    page.jobs.selectRow(1)
    assert queue.watched == 2
    assert enabled(page) == {"retry"}
    assert page.reason.text() == "disk full"
    assert [page.frames.item(i).text() for i in range(2)] == ["1001 · 1.5 s", "1002 failed"]
    assert page.progress.value() == 3 and page.progress.maximum() == 10


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("waiting", {"pause", "cancel"}),
        ("running", {"pause", "cancel"}),
        ("paused", {"resume", "cancel"}),
        ("done", set()),
        ("failed", {"retry"}),
        ("cancelled", {"retry"}),
    ],
)
def test_only_what_the_state_allows_can_be_asked(qtbot: QtBot, state: str, actions: set[str]) -> None:
    queue = MemoryQueue(job(7, state))
    page = QueuePage(queue)
    qtbot.addWidget(page)
    page.jobs.selectRow(0)
    assert enabled(page) == actions
    for action in sorted(actions):
        page.buttons[action].click()
    assert queue.asked == [(action, 7) for action in sorted(actions)]


def test_a_change_keeps_the_selection_and_a_new_job_moves_it(qtbot: QtBot) -> None:
    queue = MemoryQueue(job(1))
    page = QueuePage(queue)
    qtbot.addWidget(page)
    page.jobs.selectRow(0)
    queue.jobs = (job(1, "done", 10),)
    queue.jobs_changed.emit()
    assert page.progress.value() == 10
    queue.jobs = (job(9), job(1, "done", 10))
    queue.jobs_changed.emit()
    assert page.jobs.currentIndex().row() == 1
    assert queue.watched == 1


def test_the_log_is_shown(qtbot: QtBot) -> None:
    queue = MemoryQueue(job(1))
    page = QueuePage(queue)
    qtbot.addWidget(page)
    page.jobs.selectRow(0)
    queue.log_grew.emit("Frame 1001 (1/10) 1.5s -> m.1001.exr")
    assert "Frame 1001" in page.log.toPlainText()


def test_a_change_in_a_long_queue_costs_no_more_than_the_rows_in_sight(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    data = JobTable.data

    def counted(table: JobTable, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        asked.append(index.row())
        return data(table, index, role)

    monkeypatch.setattr(JobTable, "data", counted)
    queue = MemoryQueue(*(job(number) for number in range(500)))
    page = QueuePage(queue)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    asked.clear()
    queue.jobs = (*queue.jobs[:-1], job(499, "done", 10))
    queue.jobs_changed.emit()
    QApplication.processEvents()
    assert max(asked) < 100


def test_what_was_refused_is_said_until_something_else_is_asked_for(qtbot: QtBot) -> None:
    queue = MemoryQueue(job(1, "failed"), job(2))
    page = QueuePage(queue)
    qtbot.addWidget(page)
    page.jobs.selectRow(0)
    queue.failed.emit("Job 1 is waiting.")
    queue.jobs_changed.emit()
    assert page.reason.text() == "Job 1 is waiting.\ndisk full"
    page.buttons["retry"].click()
    assert page.reason.text() == "disk full"
    queue.failed.emit("Job 1 is waiting.")
    page.jobs.selectRow(1)
    assert page.reason.text() == ""


def test_frames_are_shown_whole(qtbot: QtBot, tmp_path: Path) -> None:
    picture = QPixmap(112, 63)
    picture.fill(Qt.GlobalColor.white)
    assert picture.save(str(tmp_path / "1001.png"))
    queue = MemoryQueue(job(1))
    page = QueuePage(queue)
    qtbot.addWidget(page)
    page.show()
    page.jobs.selectRow(0)
    queue.frames = tuple(replace(frame, picture=str(tmp_path / "1001.png")) for frame in queue.frames)
    queue.frames_changed.emit()
    shown = page.frames.visualItemRect(page.frames.item(0))
    assert shown.width() >= 112 and shown.height() >= 63 + page.frames.fontMetrics().height()


def test_a_frame_that_is_rendered_again_shows_its_new_picture(qtbot: QtBot, tmp_path: Path) -> None:
    queue = MemoryQueue(job(1))
    page = QueuePage(queue)
    qtbot.addWidget(page)
    page.jobs.selectRow(0)
    shown = []
    for seconds, colour in ((1.0, Qt.GlobalColor.black), (2.0, Qt.GlobalColor.white)):
        picture = QPixmap(120, 90)
        picture.fill(colour)
        assert picture.save(str(tmp_path / "1001.png"))
        os.utime(tmp_path / "1001.png", (seconds, seconds))
        queue.frames = (QueueFrame(1001, "written", seconds, picture=str(tmp_path / "1001.png")),)
        queue.frames_changed.emit()
        shown.append(page.frames.item(0).icon().pixmap(120, 90).toImage().pixelColor(60, 45).value())
    assert shown == [0, 255]


ANSWERS = """
import json, sys, time
with open(sys.argv[1], "a") as told:
    print(sys.argv[2], file=told)
job = {"number": 1, "name": "shot", "state": "done", "priority": 50, "done": 1, "seconds": 1.0, "error": None}
frame = {"step": "matte", "frame": 1, "state": "written", "seconds": 1.0, "note": ""}
answers = {"list": [{**job, "frames": 1}], "show": {**job, "frames": [frame]}}
if sys.argv[2] in answers:
    print(json.dumps(answers[sys.argv[2]]), flush=True)
if sys.argv[2] != "thumbnails":
    time.sleep(60)
"""
"""A queue whose one matte cannot be read; it writes down what it is asked."""


def test_a_picture_that_there_is_not_is_asked_for_once(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_model, "PICTURES_MS", 40)
    asked = tmp_path / "asked.txt"
    model = CommandQueueModel([sys.executable, "-c", ANSWERS, str(asked)])
    page = QueuePage(model)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: len(model.jobs) == 1, timeout=240_000)
    page.jobs.selectRow(0)
    qtbot.waitUntil(lambda: asked.exists() and "thumbnails" in asked.read_text(), timeout=240_000)
    qtbot.wait(500)
    assert asked.read_text().count("thumbnails") == 1
    model.close()
    QApplication.processEvents()


SLOW_PICTURES = """
import json, sys, time
from pathlib import Path
told, action, number = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
if action == "show":
    frame = {"step": "matte", "frame": 1, "state": "written", "seconds": 1.0, "note": ""}
    print(json.dumps({"number": int(number), "frames": [frame]}), flush=True)
if action == "thumbnails":
    told.with_name("asked" + number).touch()
    while number == "1" and not told.with_name("go_on").exists():
        time.sleep(0.02)
    print(json.dumps({"frame": 1, "path": "of job " + number}), flush=True)
else:
    time.sleep(60)
"""
"""A queue in which the pictures of job 1 take until they are wanted."""


def test_pictures_that_are_made_when_another_job_is_watched_are_not_its_own(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_model, "PICTURES_MS", 40)
    model = CommandQueueModel([sys.executable, "-c", SLOW_PICTURES, str(tmp_path / "told")])
    seen: set[str] = set()
    model.frames_changed.connect(lambda: seen.update(frame.picture for frame in model.frames))
    model.watch(1)
    qtbot.waitUntil((tmp_path / "asked1").exists, timeout=30000)
    model.watch(2)
    qtbot.waitUntil(lambda: len(model.frames) == 1, timeout=30000)
    (tmp_path / "go_on").touch()
    qtbot.waitUntil(lambda: "of job 2" in seen, timeout=30000)
    assert "of job 1" not in seen
    model.close()
    QApplication.processEvents()


def test_the_jobs_are_read_without_scrolling_and_the_panes_are_named(qtbot: QtBot) -> None:
    page = QueuePage(MemoryQueue(job(1, "cancelled"), job(2)))
    qtbot.addWidget(page)
    page.resize(1066, 600)
    page.show()
    assert page.jobs.width() > 400 and not page.jobs.horizontalScrollBar().isVisible()
    titles = {label.text() for label in page.findChildren(QLabel)}
    assert {"Frames", "Log"} <= titles
