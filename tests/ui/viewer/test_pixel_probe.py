"""The values under the pointer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtWidgets import QApplication

from stfam.core.worker.messages import Pixel
from stfam.ui.model.edits import SetValue
from stfam.ui.viewer.pixel_probe import WIDEST


@pytest.fixture
def opened(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    return driver


def test_nothing_is_said_before_the_pointer_comes(opened):
    opened.work.playhead.go(1002)
    opened.qtbot.wait(200)
    assert opened.panel.probe.text() == ""


@pytest.mark.parametrize("how", ["off the plate", "out of the picture"])
def test_the_values_go_with_the_pointer(opened, how):
    probe, viewport = opened.panel.probe, opened.panel.viewport
    viewport.hovered.emit(QPointF(28.5, 32.5))
    opened.wait(lambda: "R " in probe.text())
    if how == "off the plate":
        viewport.hovered.emit(QPointF(-3.0, 5.0))
    else:
        QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))
    opened.wait(lambda: probe.text() == "")
    opened.work.playhead.go(1002)
    opened.qtbot.wait(200)
    assert probe.text() == ""


def test_the_values_of_a_pointer_that_rests_are_those_of_now(opened):
    probe = opened.panel.probe
    opened.paint_disc(28.0)
    opened.panel.viewport.hovered.emit(QPointF(28.5, 32.5))
    opened.wait(lambda: "R " in probe.text() and "foreground" in probe.text())
    opened.job("matte_frame")
    opened.wait(lambda: "A 1.0000" in probe.text())
    opened.work.document.undo.push(SetValue(opened.work.document, "refinement.shrink", 40.0))
    opened.wait(lambda: "A 0.0000" in probe.text())
    opened.work.document.undo.undo()
    opened.wait(lambda: "A 1.0000" in probe.text())


def test_a_smaller_plate_is_not_looked_at_where_the_pointer_was(opened, make_shot_folder):
    opened.panel.viewport.hovered.emit(QPointF(90.5, 60.5))
    opened.wait(lambda: "R " in opened.panel.probe.text())
    opened.open(make_shot_folder(count=1, size=(24, 32), name="small").plate)
    opened.paint_disc(16.0, 8.0)
    opened.work.playhead.moved.emit(1001)
    opened.wait(lambda: opened.panel.probe.text() == "")


def test_one_pixel_is_looked_up_at_a_time(opened, monkeypatch):
    probe, asked = opened.panel.probe, []

    def ask(request, done, failed) -> int:
        if isinstance(request, Pixel):
            asked.append((request, done, failed))
        return 1

    monkeypatch.setattr(opened.work.link, "ask", ask)
    for x in (10, 20, 30):
        probe.look(QPointF(x, 32))
        opened.wait(lambda: bool(asked))
        opened.qtbot.wait(60)
    assert [request.x for request, _, _ in asked] == [10], "pictures would wait behind a queue of them"
    asked[0][1]({"plate": [0.5, 0.5, 0.5]})
    opened.wait(lambda: len(asked) == 2)
    assert asked[1][0].x == 30 and "R " not in probe.text(), "what the pointer left is not shown"
    asked[1][2](ValueError())
    opened.work.link.gone.emit(ValueError())
    probe.look(QPointF(40, 32))
    opened.wait(lambda: len(asked) == 3)
    opened.work.link.started.emit()
    probe.look(QPointF(50, 32))
    opened.wait(lambda: len(asked) >= 4 and asked[-1][0].x == 50)


def test_all_of_the_values_are_shown_where_there_is_room(opened):
    probe = opened.panel.probe
    opened.panel.resize(1600, 800)
    opened.qtbot.wait(200)

    def shown() -> bool:
        probe.setText(WIDEST)  # again each time: it is cleared where the shot's states are told only now
        return probe.shown == WIDEST

    opened.wait(shown)


def test_nothing_is_asked_of_a_worker_that_ended(opened, monkeypatch):
    asked = []
    monkeypatch.setattr(type(opened.work.link), "alive", property(lambda link: False))
    monkeypatch.setattr(opened.work.link, "ask", lambda request, *answers: asked.append(type(request)))
    opened.panel.probe.look(QPointF(20, 32))
    opened.wait(lambda: opened.panel.probe.text().startswith("x 20  y 32"))
    assert Pixel not in asked
