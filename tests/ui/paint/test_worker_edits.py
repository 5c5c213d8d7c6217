"""Growing, shrinking and importing trimaps by the worker, while the artist paints on."""

from __future__ import annotations

import os
import signal

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage

AT = (80, 50)
"""A pixel beside the disc."""


@pytest.fixture
def painted(drive, make_shot_folder):
    """A disc on a key, by itself."""
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    driver.paint_disc(28.8)
    driver.brush(255, 10)
    return driver


@pytest.fixture
def mask(tmp_path):
    """A roto file: the left half is foreground."""
    picture = QImage(96, 64, QImage.Format.Format_Grayscale8)
    picture.fill(0)
    for y in range(64):
        for x in range(48):
            picture.setPixel(x, y, 0xFFFFFFFF)
    picture.save(str(tmp_path / "mask.png"))
    return str(tmp_path / "mask.png")


def _label(driver, at=AT) -> int:
    return driver.work.document.keys[1001].label(*at)


def _unknown(driver) -> int:
    return driver.work.document.keys[1001].snapshot().count(128)


def _steps(driver) -> list[str]:
    undo = driver.work.document.undo
    return [undo.text(at).partition(",")[0] for at in range(undo.count())]


def _freeze(driver, stop: bool) -> None:
    os.kill(driver.work.link.pid, signal.SIGSTOP if stop else signal.SIGCONT)


def test_a_stroke_before_the_answer_stays_and_is_grown_too(painted):
    _freeze(painted, True)
    painted.act("grow")
    painted.stroke(AT)
    before = _unknown(painted)
    _freeze(painted, False)
    painted.wait(lambda: _steps(painted)[-1] == "Grow unknown")
    assert _steps(painted)[-2:] == ["Brush", "Grow unknown"] and _label(painted) == 255
    assert _unknown(painted) > before
    painted.act("undo")
    assert _label(painted) == 255 and _unknown(painted) == before
    painted.act("undo")
    assert _label(painted) == 0


def test_what_was_undone_before_the_answer_stays_undone(painted):
    painted.stroke(AT)
    _freeze(painted, True)
    painted.act("grow")
    painted.act("undo")
    _freeze(painted, False)
    painted.wait(lambda: _steps(painted)[-1] == "Grow unknown")
    assert _label(painted) == 0 and _label(painted, (AT[0] + 6, AT[1])) == 0


@pytest.mark.parametrize(
    ("tool", "inside"), [("brush", (80, 45)), ("line", (70, 53)), ("lasso", (80, 53))], ids=["brush", "line", "lasso"]
)
def test_an_answer_that_comes_while_a_stroke_is_drawn_waits_for_its_end(painted, tool, inside):
    painted.act(f"tool_{tool}")
    viewport = painted.panel.viewport
    _freeze(painted, True)
    painted.act("grow")
    painted.qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=painted.at(70, 45))
    _freeze(painted, False)
    painted.wait(lambda: not painted.work.worker_edits._asked)
    for point in ((90, 45), (90, 60), (70, 60)):
        painted.qtbot.mouseMove(viewport, painted.at(*point))
    assert "Grow unknown" not in _steps(painted)
    painted.qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=painted.at(70, 60))
    painted.wait(lambda: _steps(painted)[-1] == "Grow unknown")
    assert _steps(painted)[-2] == tool.capitalize() and _label(painted, inside) == 255


def test_each_of_several_presses_is_a_step(painted):
    before = _unknown(painted)
    for action in ("grow", "grow", "grow", "shrink"):
        painted.act(action)
    painted.wait(lambda: len(_steps(painted)) >= 7)
    assert _steps(painted)[-4:] == ["Grow unknown"] * 3 + ["Shrink unknown"] and painted.said == ""
    assert _unknown(painted) > before


def test_paint_laid_before_an_import_arrives_stays_and_that_is_said(painted, mask):
    _freeze(painted, True)
    painted.work.worker_edits.import_from(1001, mask, 2, 2)
    painted.stroke(AT)
    _freeze(painted, False)
    painted.wait(lambda: "keeps its paint" in painted.said)
    assert _label(painted) == 255 and painted.work.messages.current.actions == ("import_trimap",)
    painted.work.worker_edits.import_from(1001, mask, 2, 2)
    painted.wait(lambda: _steps(painted)[-1] == "Import trimap")
    assert _label(painted) == 0 and _label(painted, (10, 10)) == 255


def test_an_import_follows_what_was_asked_before_it(painted, mask):
    painted.act("grow")
    painted.work.worker_edits.import_from(1001, mask, 2, 2)
    painted.wait(lambda: _steps(painted)[-2:] == ["Grow unknown", "Import trimap"])
    assert _label(painted, (10, 10)) == 255


def test_without_a_worker_it_is_said_that_nothing_is_done(painted, mask):
    link, edits, messages = painted.work.link, painted.work.worker_edits, painted.work.messages
    os.kill(link.pid, signal.SIGKILL)
    painted.wait(lambda: not link.alive and painted.said != "")
    steps = _steps(painted)
    for ask in (
        lambda: painted.act("grow"),
        lambda: painted.act("shrink"),
        lambda: edits.import_from(1001, mask, 2, 2),
    ):
        messages.clear()
        ask()
        assert "not running" in painted.said and messages.current.actions == ("restart",)
    assert _steps(painted) == steps


def test_what_a_worker_did_not_answer_the_next_one_does(painted):
    before = _unknown(painted)
    _freeze(painted, True)
    painted.act("grow")
    painted.stroke(AT)
    painted.act("restart")
    painted.wait(lambda: _steps(painted)[-1] == "Grow unknown")
    assert _label(painted) == 255 and _unknown(painted) > before


def test_what_was_asked_of_another_shot_is_dropped(painted, make_shot_folder):
    _freeze(painted, True)
    painted.act("grow")
    painted.work.hand.press(QPointF(*AT), 1.0, None)
    _freeze(painted, False)
    painted.work.document.undo.setClean()
    painted.open(make_shot_folder(count=1, first=7, name="other").plate)
    painted.paint_disc(28.8)
    painted.act("grow")
    painted.wait(lambda: "Grow unknown" in _steps(painted))
    assert list(painted.work.document.keys) == [7] and _steps(painted).count("Grow unknown") == 1
