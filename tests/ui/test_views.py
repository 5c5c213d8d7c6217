"""What the views of solved frames show: comp backgrounds, refinement, onion skin, marks, what a correction spares."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, QRect
from PySide6.QtGui import QColor, QImage, QPainter, QRadialGradient
from PySide6.QtWidgets import QApplication

from stfam.core.cache import plate_cache
from stfam.ui.link.frame_store import Wanted
from stfam.ui.model.frame_states import Lane, State
from stfam.ui.viewer.badges import frame_badges, view_badges

CORNER = (4.0, 4.0)
"""Plate position that is surely background."""


def _save(path: Path, background: QColor, centre: float | None) -> None:
    image = QImage(96, 64, QImage.Format.Format_RGB32)
    image.fill(background)
    if centre is not None:
        painter = QPainter(image)
        ball = QRadialGradient(QPointF(centre, 32), 20)
        ball.setColorAt(0.7, QColor(190, 170, 160))
        ball.setColorAt(1.0, QColor(190, 170, 160, 0))
        painter.fillRect(image.rect(), ball)
        painter.end()
    assert image.save(str(path))


@pytest.fixture
def solved(drive, tmp_path):
    """Three matted frames of a ball before a green screen."""
    for i, frame in enumerate((1, 2, 3)):
        _save(tmp_path / f"green.{frame:04d}.png", QColor(30, 190, 50), 40 + 4 * i)
        _save(tmp_path / f"behind.{frame:04d}.png", QColor(200, 40, 160), None)
    driver = drive()
    driver.open(tmp_path / "green.####.png")
    driver.work.document.assign("settings.window", 0)
    driver.paint_disc(40)
    driver.job("matte_range")
    driver.wait(lambda: driver.work.states.frames(Lane.MATTE, State.FRESH) == [1, 2, 3])
    return driver


def _shown(driver, layer: str, background: str = "") -> QImage:
    """The picture of a layer when it is up to date."""
    store = driver.work.store
    wanted = Wanted(driver.work.playhead.frame, layer, driver.panel.viewport._level(), background)
    driver.wait(lambda: store.picture(wanted) is not None and wanted not in store._outdated | store._asked)
    return store.picture(wanted).image.copy()


def _on_screen(driver, at: tuple[float, float]) -> QColor:
    return driver.panel.viewport.grab().toImage().pixelColor(driver.at(*at))


def test_the_comp_lies_over_a_checker_a_colour_or_another_plate(solved, tmp_path):
    solved.act("view_comp")
    behind = str(tmp_path / "behind.####.png")
    for background, wanted in (("#204060", QColor(32, 64, 96)), (behind, QColor(200, 40, 160))):
        solved.work.view.update(background=background)
        _shown(solved, "comp", background)
        seen = _on_screen(solved, CORNER)
        assert all(abs(a - b) <= 2 for a, b in zip(seen.getRgb(), wanted.getRgb(), strict=True)), background
        assert _on_screen(solved, (40, 32)).red() > 150, "the foreground stays before it"
    solved.work.view.update(background="checker")
    checker = _shown(solved, "comp", "checker")
    assert len({checker.pixelColor(x, 2).name() for x in range(0, 96, 4)}) > 1


def test_refinement_changes_what_is_shown_and_solves_nothing_again(solved):
    files = sorted((plate_cache(solved.work.document.plate.spec) / "solved").iterdir())
    stamps = [path.stat().st_mtime_ns for path in files]
    alpha, colours = _shown(solved, "alpha"), _shown(solved, "foreground")
    refine = solved.panel.side.forms[1]
    refine.editor("refinement.shrink").field.setValue(4.0)
    solved.wait(lambda: _shown(solved, "alpha") != alpha)
    shrunk = _shown(solved, "alpha")
    assert _sum(shrunk) < _sum(alpha)
    solved.act("undo")
    solved.wait(lambda: _shown(solved, "alpha") == alpha)
    refine.editor("refinement.despill").field.setValue(1.0)
    solved.wait(lambda: _shown(solved, "foreground") != colours)
    despilled = _shown(solved, "foreground")
    assert _green(despilled) < _green(colours)
    assert [path.stat().st_mtime_ns for path in files] == stamps
    assert solved.work.states.frames(Lane.MATTE, State.FRESH) == [1, 2, 3]


def test_a_change_whose_answer_is_overtaken_is_shown(solved):
    alpha = _shown(solved, "alpha")
    solved.work.document.assign("refinement.shrink", 4.0)
    for _ in range(2):
        solved.work.sync.send()
    solved.wait(lambda: _sum(_shown(solved, "alpha")) < _sum(alpha))


def _sum(image: QImage) -> int:
    return sum(image.pixelColor(x, y).red() for x in range(0, 96, 2) for y in range(0, 64, 2))


def _green(image: QImage) -> int:
    """How much green there is more than red and blue."""
    pixels = [image.pixelColor(x, y) for x in range(0, 96, 2) for y in range(0, 64, 2)]
    return sum(2 * pixel.green() - pixel.red() - pixel.blue() for pixel in pixels)


def test_the_onion_skin_draws_the_neighbours_edges(solved):
    solved.work.playhead.go(2)
    solved.act("view_plate")
    _shown(solved, "plate")
    before = solved.panel.viewport.grab().toImage()
    solved.act("onion")
    store, level = solved.work.store, solved.panel.viewport._level()
    solved.wait(lambda: all(store.at_hand(Wanted(frame, "edge", level)) for frame in (1, 3)))
    solved.qtbot.wait(50)
    after = solved.panel.viewport.grab().toImage()
    inside = QRect(solved.at(8, 4), solved.at(88, 60))
    drawn = [
        (x, y) for x in range(inside.left(), inside.right(), 3) for y in range(inside.top(), inside.bottom(), 3)
        if before.pixel(x, y) != after.pixel(x, y)
    ]  # fmt: skip
    columns = {solved.panel.viewport.place.to_plate(QPointF(x, y)).x() for x, y in drawn}
    assert drawn and min(columns) < 30 and max(columns) > 56, "the edges of frame 1 and of frame 3"


def test_a_correction_marks_its_span_stale_and_spares_the_rest(solved):
    work = solved.work
    folder = plate_cache(work.document.plate.spec) / "solved"
    work.playhead.go(3)
    solved.act("make_key")
    solved.wait(lambda: 3 in work.document.keys)
    solved.job("matte_range")
    solved.wait(lambda: work.states.frames(Lane.MATTE, State.FRESH) == [1, 2, 3])
    stamps = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    solved.brush(128, 10)
    solved.stroke((10, 10), (20, 10))
    solved.wait(lambda: work.states.state(Lane.MATTE, 3) is State.STALE)
    solved.wait(lambda: work.states.state(Lane.MATTE, 1) is State.FRESH)
    assert "KEY 3" in [text for text, _ in frame_badges(work.document, work.states, 3)]
    assert "STALE" in [text for text, _ in view_badges(work.states, "alpha", 3, [])]
    solved.job("matte_range")
    solved.wait(lambda: work.states.frames(Lane.MATTE, State.FRESH) == [1, 2, 3])
    assert (folder / "alpha.0001.exr").stat().st_mtime_ns == stamps["alpha.0001.exr"]
    assert (folder / "alpha.0003.exr").stat().st_mtime_ns != stamps["alpha.0003.exr"]


def test_a_plate_that_was_rendered_again_is_shown_when_the_artist_is_back(drive, make_shot_folder):
    folder = make_shot_folder(count=2)
    driver = drive()
    driver.open(folder.plate)
    store, wanted = driver.work.store, Wanted(1001, "plate", driver.panel.viewport._level())
    driver.wait(lambda: store.at_hand(wanted) is not None)
    before = store.at_hand(wanted).image.copy()
    shutil.copy(folder.plate_file(1002), folder.plate_file(1001))
    driver.panel.activateWindow()
    driver.wait(driver.panel.isActiveWindow)
    QApplication.sendEvent(driver.panel, QEvent(QEvent.Type.ActivationChange))
    driver.wait(lambda: store.at_hand(wanted).image != before)
