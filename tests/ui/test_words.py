"""What hints, menus and marks say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QListView, QPlainTextEdit, QVBoxLayout

from stfam.ui.link.frame_store import Wanted
from stfam.ui.model.recent import RecentFiles
from stfam.ui.recent_menu import RecentMenu
from stfam.ui.theme.palette import Colour
from stfam.ui.viewer import scene as scene_module
from stfam.ui.viewer.marks import draw_wipe


def test_the_hint_names_the_keys_that_are_set(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    hint = driver.panel.status.hint
    assert "foreground (1)" in hint.text() and "(2)" in hint.text()
    driver.panel.actions_by_id.rebind("label_foreground", "Ctrl+F9")
    driver.panel.actions_by_id.rebind("label_unknown", "")
    assert "foreground (Ctrl+F9)" in hint.text() and "(2)" not in hint.text()


def test_a_recent_path_is_shown_as_it_is(drive):
    driver = drive(wait=False)
    recent, opened = RecentFiles(driver.work.settings), []
    recent.add("/shots/salt & pepper.stfam")
    menu = RecentMenu(recent, opened.append, driver.panel)
    menu.aboutToShow.emit()
    action = menu.actions()[0]
    assert action.text() == "/shots/salt && pepper.stfam"
    action.trigger()
    assert opened == ["/shots/salt & pepper.stfam"]


def test_what_opens_no_dialog_has_no_ellipsis_and_the_queue_can_be_shown_without_a_plate(drive):
    actions = drive(wait=False).panel.actions_by_id
    assert actions["export"].text() == "Export Mattes"
    actions["show_queue"].setVisible(True)
    assert actions["show_queue"].isEnabled() and not actions["export"].isEnabled()


@pytest.fixture
def marks(monkeypatch) -> list[str]:
    """The badges as they were drawn last."""
    drawn: list[str] = []

    def note(painter: object, badges: list[tuple[str, object]]) -> None:
        drawn[:] = [text for text, _ in badges]

    monkeypatch.setattr(scene_module, "draw_badges", note)
    return drawn


def test_a_picture_that_is_long_on_its_way_is_marked(drive, make_shot_folder, marks):
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    work, viewport = driver.work, driver.panel.viewport
    driver.wait(lambda: work.store.at_hand(Wanted(1001, "plate", viewport._level())) is not None)
    asked = []
    work.link.ask = lambda request, done, failed: asked.append(failed) or 1
    work.view.update(name="comp")
    viewport.grab()
    assert asked and "COMPUTING…" not in marks
    driver.wait(lambda: "COMPUTING…" in marks)
    asked[0](OSError("no matte"))
    driver.wait(lambda: "COMPUTING…" not in marks)


def test_the_sides_of_a_wipe_are_named_as_in_the_menu(drive):
    class Painter(QPainter):
        texts: list[str] = []

        def drawText(self, room: QRect, flags: int, text: str) -> None:
            self.texts.append(text)

    pixmap = QPixmap(QSize(300, 100))
    painter = Painter(pixmap)
    draw_wipe(painter, 150, 100, "comp", "alpha")
    painter.end()
    actions = drive(wait=False).panel.actions_by_id
    assert Painter.texts == [actions["view_comp"].text(), actions["view_alpha"].text()]


def test_lists_in_a_dialog_are_dark_in_a_light_application(drive):
    app = QApplication.instance()
    before = app.palette()
    app.setPalette(QPalette(Colour.TEXT))
    try:
        panel = drive(wait=False).panel
        dialog = QDialog(panel)
        layout = QVBoxLayout(dialog)
        views = (QListView(), QPlainTextEdit())
        for view in views:
            layout.addWidget(view)
        dialog.resize(300, 300)
        dialog.show()
        image = dialog.grab().toImage()
        for view in views:
            assert image.pixelColor(view.geometry().center()) == Colour.FIELD
        queue = panel.queue_window
        assert queue.palette().window().color() == Colour.WINDOW
    finally:
        app.setPalette(before)
