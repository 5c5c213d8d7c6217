"""The real panel with a real worker on a small shot."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtWidgets import QApplication

from stfam.core.worker.client import WorkerClient
from stfam.ui.panel import Panel

TIMEOUT = 240_000
"""Milliseconds for what takes moments on an idle machine; a worker that is new takes longer, and shares the cores."""


@pytest.fixture(autouse=True)
def surroundings(worker_pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caches of the tests, no GPU, one thread; the common worker comes from the pool."""
    for name, value in worker_pool.environment.items():
        monkeypatch.setenv(name, value)

    def client(command, on_event, on_exit) -> WorkerClient:
        if tuple(command) == worker_pool.command:
            return worker_pool.take(on_event, on_exit)
        return WorkerClient(command, on_event=on_event, on_exit=on_exit)

    monkeypatch.setattr("stfam.ui.link.worker_link.WorkerClient", client)


class Driver:
    """A panel and what a hand does to it."""

    def __init__(self, qtbot, panel: Panel, command) -> None:
        self.qtbot, self.panel, self.work, self.command = qtbot, panel, panel.workplace, command

    def open(self, path: object) -> None:
        with self.qtbot.waitSignal(self.work.opener.opened, timeout=TIMEOUT):
            self.panel.open_path(str(path))
        self.panel.viewport.fit()

    def act(self, action_id: str) -> None:
        action = self.panel.actions_by_id[action_id]
        assert action.isEnabled(), action_id
        action.trigger()

    def at(self, x: float, y: float) -> QPoint:
        place = self.panel.viewport.place
        return QPointF(x * place.scale * place.aspect + place.x, y * place.scale + place.y).toPoint()

    def stroke(self, *points: tuple[float, float], button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        viewport = self.panel.viewport
        self.qtbot.mousePress(viewport, button, pos=self.at(*points[0]))
        for point in points[1:]:
            self.qtbot.mouseMove(viewport, self.at(*point))
            QApplication.processEvents()
        self.qtbot.mouseRelease(viewport, button, pos=self.at(*points[-1]))

    def brush(self, label: int, size: float, hardness: float = 1.0) -> None:
        self.work.brush.update(label=label, size=size, hardness=hardness)

    def paint_disc(self, centre: float, radius: float = 16.0) -> None:
        """The trimap of the shot folder's disc: a dab of unknown and one of foreground in it."""
        self.brush(128, 2 * radius + 12)
        self.stroke((centre, 32))
        self.brush(255, 2 * radius - 12)
        self.stroke((centre, 32))

    def job(self, action_id: str) -> None:
        """Run a job to its end."""
        with self.qtbot.waitSignal(self.work.jobs.finished, timeout=TIMEOUT):
            self.act(action_id)

    def wait(self, condition, timeout: int = TIMEOUT) -> None:
        self.qtbot.waitUntil(condition, timeout=timeout)

    def settle(self) -> None:
        """Wait until nothing is to be written, told or answered."""
        self.work.autosave.flush()
        QApplication.processEvents()
        self.wait(lambda: not (self.work.sync._timer.isActive() or self.work.link._waiting))

    @property
    def said(self) -> str:
        message = self.work.messages.current
        return message.text if message else ""


@pytest.fixture
def drive(qtbot, tmp_path: Path, worker_pool):
    """A function that opens a panel; all of them end with the test, but not the workers that can go on."""
    drivers: list[Driver] = []

    def start(command=worker_pool.command, queue=None, wait: bool = True) -> Driver:
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        panel = Panel(lambda: command, settings, queue)
        panel.resize(1200, 800)
        driver = Driver(qtbot, panel, command)
        drivers.append(driver)
        panel.show()
        if wait:
            qtbot.waitSignal(panel.workplace.link.started, timeout=TIMEOUT).wait()
        return driver

    yield start
    for driver in drivers:
        if driver.work.link.pid or driver.work.document.plate is not None:
            driver.panel.workplace.document.undo.setClean()
        client = driver.work.link._forget() if driver.command == worker_pool.command else None
        driver.panel.shut()
        if client is not None:
            worker_pool.give_back(client)
        driver.panel.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def painted(drive, make_shot_folder):
    """A panel with a plate of two frames and a key on the first."""
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    driver.paint_disc(28.8)
    return driver
