"""Frame times of scrubbing a real panel over pictures that its worker has in its cache."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from stfam.core.child_command import child_command
from stfam.ui.link.frame_store import Wanted
from stfam.ui.panel import Panel

WORKER = child_command("stfam.core.worker.server")
PATIENCE = 120.0
"""Seconds until a picture that does not come is an error."""


def scrubbed_with_worker(folder: Path, size: tuple[int, int], count: int, view: tuple[int, int]) -> list[float]:
    """Seconds from each move of the playhead to the drawn picture of a plate of `size` (W, H).

    Raises:
        TimeoutError: the worker does not answer.
    """
    plate = made_plate(folder / "plate", size, count)
    os.environ["STFAM_CACHE"] = str(folder / "cache")
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    panel = Panel(lambda: WORKER, settings)
    panel.resize(view[0] + 340, view[1] + 180)
    panel.show()
    try:
        wait(lambda: panel.workplace.link.alive)
        panel.open_path(plate)
        wait(lambda: panel.workplace.document.plate is not None)
        frames = list(range(1, count + 1))
        for frame in frames:
            _visit(panel, frame)
        panel.workplace.store.clear()
        return [_visit(panel, frame) for frame in frames]
    finally:
        panel.shut()


def _visit(panel: Panel, frame: int) -> float:
    start = time.perf_counter()
    viewport = panel.viewport
    wanted = Wanted(frame, "plate", viewport.place.level(viewport.devicePixelRatioF()))
    panel.workplace.playhead.go(frame)
    viewport.update()
    wait(lambda: panel.workplace.store.at_hand(wanted) is not None)
    QApplication.processEvents()
    return time.perf_counter() - start


def wait(condition: Callable[[], bool]) -> None:
    """Handle events until a condition holds.

    Raises:
        TimeoutError: it does not within PATIENCE.
    """
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the worker did not answer")
        QApplication.processEvents()


def made_plate(folder: Path, size: tuple[int, int], count: int) -> str:
    """Pattern of a PNG plate of a box that moves, frames 1 to `count`, of `size` (W, H)."""
    folder.mkdir()
    for frame in range(1, count + 1):
        image = QImage(*size, QImage.Format.Format_RGB32)
        image.fill(QColor(40, 60, 90))
        painter = QPainter(image)
        painter.fillRect(frame * size[0] // (count + 2), size[1] // 3, size[0] // 8, size[1] // 3, QColor(200, 150, 90))
        painter.end()
        image.save(str(folder / f"plate.{frame:04d}.png"))
    return str(folder / "plate.####.png")
