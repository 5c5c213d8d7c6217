"""The queue page over the real queue's command line."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from stfam.ui.queue import command_model
from stfam.ui.queue.command_model import CommandQueueModel
from stfam.ui.queue.page import QueuePage
from stfam.ui.queue.window import QueueWindow

STAND_IN = Path(__file__).parents[2] / "plugin" / "queue" / "stand_in.py"


@pytest.fixture
def queue_folder(tmp_path: Path) -> Path:
    """A queue with one job of four frames, whose plate and output are there."""
    (tmp_path / "matte").mkdir()
    for frame in range(1, 5):
        (tmp_path / f"p.{frame:04d}.exr").touch()
    (tmp_path / "key.png").touch()
    (tmp_path / "shot.stfam").write_text(
        '{"stfam": 1, "plate": "p.####.exr", "output": {"matte": "matte/m.####.exr"},'
        ' "keys": [{"frame": 1, "trimap": "key.png"}]}'
    )
    stfam("queue", "add", str(tmp_path / "shot.stfam"), "--queue", str(tmp_path / "queue"))
    return tmp_path / "queue"


def stfam(*arguments: str) -> None:
    environment = {**os.environ, "STFAM_RENDER_PROGRAM": shlex.join((sys.executable, str(STAND_IN)))}
    command = [sys.executable, "-m", "stfam.plugin.cli", *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=240)


@pytest.fixture
def live(queue_folder: Path) -> Iterator[CommandQueueModel]:
    model = CommandQueueModel([sys.executable, "-m", "stfam.plugin.cli", "queue"], str(queue_folder))
    yield model
    model.close()
    QApplication.processEvents()


def test_a_real_queue_is_followed_cancelled_and_retried(
    qtbot: QtBot, live: CommandQueueModel, queue_folder: Path
) -> None:
    page = QueuePage(live)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: len(live.jobs) == 1, timeout=240_000)
    page.jobs.selectRow(0)
    page.buttons["cancel"].click()
    qtbot.waitUntil(lambda: live.jobs[0].state == "cancelled", timeout=240_000)
    page.buttons["retry"].click()
    qtbot.waitUntil(lambda: live.jobs[0].state == "waiting", timeout=240_000)
    stfam("queue", "run", "--until-empty", "--queue", str(queue_folder))
    qtbot.waitUntil(lambda: live.jobs[0].state == "done" and page.frames.count() == 4, timeout=240_000)
    qtbot.waitUntil(lambda: "Frame 4 (4/4)" in page.log.toPlainText(), timeout=240_000)
    assert page.progress.value() == 4


def test_a_queue_that_cannot_be_followed_says_so_and_is_followed_again(
    qtbot: QtBot, queue_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_model, "AGAIN_MS", 100)
    database = queue_folder / "queue.sqlite"
    whole = database.read_bytes()
    database.write_bytes(b"damaged" * 1000)
    model = CommandQueueModel([sys.executable, "-m", "stfam.plugin.cli", "queue"], str(queue_folder))
    page = QueuePage(model)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: "is damaged" in page.reason.text(), timeout=240_000)
    database.write_bytes(whole)
    qtbot.waitUntil(lambda: len(model.jobs) == 1, timeout=240_000)
    assert "is damaged" not in page.reason.text()
    page.jobs.selectRow(0)
    qtbot.waitUntil(lambda: len(model.followers) == 3, timeout=240_000)
    before = model.followers
    for number in before:
        os.kill(number, signal.SIGKILL)
    qtbot.waitUntil(lambda: len(model.followers) == 3 and not before & model.followers, timeout=240_000)
    model.close()
    QApplication.processEvents()


def test_a_program_that_is_not_there_is_said(qtbot: QtBot) -> None:
    model = CommandQueueModel(["/nowhere/stfam", "queue"])
    page = QueuePage(model)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: "cannot be asked" in page.reason.text(), timeout=240_000)
    model.close()


def test_the_panels_window_shows_the_real_queue(
    qtbot: QtBot, queue_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STFAM_QUEUE", str(queue_folder))
    panel = QWidget()
    qtbot.addWidget(panel)
    assert not QueueWindow(panel, None).available
    window = QueueWindow(panel, lambda: [sys.executable, "-m", "stfam.plugin.cli", "queue"])
    window.present()
    page = window.page
    assert window.isVisible() and page is not None
    qtbot.waitUntil(lambda: page.table.rowCount() == 1, timeout=240_000)
    window.close()
    assert window.page is None
    QApplication.processEvents()
