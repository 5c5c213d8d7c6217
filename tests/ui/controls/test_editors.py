"""Editors of parameters under the wheel and the keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from stfam.core.errors import OutputError
from stfam.core.media import matte_writer
from stfam.ui.commands.import_dialog import ImportDialog
from stfam.ui.controls.parameters import COMPRESSIONS
from stfam.ui.controls.path_editor import with_format
from stfam.ui.paint.brush import LARGEST


@pytest.fixture
def opened(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    return driver


def _wheel(widget: QWidget) -> None:
    """As a hand turns it: an ignored wheel goes on to the widgets around."""
    window = widget.window()
    at = widget.mapTo(window, widget.rect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(at), QPoint(0, -120))
    QApplication.processEvents()


def test_the_wheel_scrolls_the_form_and_changes_only_what_has_the_focus(opened):
    side, document = opened.panel.side, opened.work.document
    opened.panel.resize(1200, 500)
    QApplication.processEvents()
    editors = [form.editor(name) for form in side.forms for name in form.names]
    widgets = [getattr(editor, part) for editor in editors for part in ("field", "slider", "box", "format_box")
               if hasattr(editor, part)]  # fmt: skip
    before = [document.value(name) for form in side.forms for name in form.names]
    opened.panel.viewport.setFocus()
    for widget in widgets:
        side.page.ensureWidgetVisible(widget)
        assert widget.focusPolicy() in (Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.NoFocus)
        _wheel(widget)
    assert [document.value(name) for form in side.forms for name in form.names] == before
    side.page.verticalScrollBar().setValue(0)
    _wheel(side.brush.size_editor.field)
    assert side.page.verticalScrollBar().value() > 0
    side.page.verticalScrollBar().setValue(0)
    window = side.forms[0].editor("settings.window").field
    opened.panel.activateWindow()
    window.setFocus()
    _wheel(window)
    assert document.value("settings.window") == 1


def test_an_output_that_cannot_be_suggested_is_said(opened, monkeypatch):
    def hidden(*_: object) -> str:
        raise OutputError("scans may not be looked into.")

    monkeypatch.setattr("stfam.ui.model.export_path.versioned_pattern", hidden)
    form = next(form for form in opened.panel.side.forms if "output.foreground" in form.names)
    form.editor("output.foreground")._choose(".exr")
    assert "may not be looked into" in opened.said and not opened.work.document.value("output.foreground")
    opened.work.messages.clear()
    opened.paint_disc(28.8)
    opened.act("export")
    assert "may not be looked into" in opened.said and not opened.work.jobs.running


@pytest.mark.parametrize(
    ("pattern", "movie", "frames"),
    [
        ("m/sh.v2.####.exr", "m/sh.v2.mov", "m/sh.v2.####.png"),
        ("m/sh_%04d.exr", "m/sh.mov", "m/sh_%04d.png"),
        ("m/sh.####_L.exr", "m/sh_L.mov", "m/sh.####_L.png"),
        ("m/sh.1001-1100#.exr", "m/sh.mov", "m/sh.1001-1100#.png"),
        ("m/sh.mov", "m/sh.mov", "m/sh.####.png"),
    ],
    ids=lambda text: text,
)
def test_another_format_keeps_the_place_of_the_frame_number(pattern, movie, frames):
    assert (with_format(pattern, ".mov"), with_format(pattern, ".png")) == (movie, frames)


def test_the_wheel_over_the_bars_changes_neither_the_range_nor_the_view(opened, monkeypatch):
    panel, work = opened.panel, opened.work
    monkeypatch.setattr(panel.view_bar, "_choose_background", pytest.fail)
    opened.act("wipe")
    panel.viewport.setFocus()
    before = work.document.in_out, work.view.view
    bar, transport = panel.view_bar, panel.transport
    for widget in (transport.in_field, transport.out_field, bar.opacity, bar.background, bar.other):
        _wheel(widget)
    assert (work.document.in_out, work.view.view) == before and not work.document.undo.count()


@pytest.mark.parametrize("field", ["size", "frame", "path", "choice"])
def test_return_ends_an_entry_and_the_keys_are_hotkeys_again(opened, field):
    panel = opened.panel
    widget = {
        "size": panel.side.brush.size_editor.field,
        "frame": panel.transport.frame_field,
        "path": panel.side.forms[2].editor("output.matte").field,
        "choice": panel.side.forms[0].editor("settings.device").box,
    }[field]
    panel.activateWindow()
    widget.setFocus()
    opened.qtbot.keyClick(widget, Qt.Key.Key_Return)
    assert panel.viewport.hasFocus()


def test_the_picture_has_the_keys_from_the_start(drive):
    assert drive(wait=False).panel.focusWidget().accessibleName() == "Picture"


def test_a_size_that_was_typed_stays_when_a_hotkey_follows(opened):
    field, brush = opened.panel.side.brush.size_editor.field, opened.work.brush
    opened.brush(128, 20)
    opened.panel.activateWindow()
    field.setFocus()
    field.selectAll()
    opened.qtbot.keyClicks(field, "60")
    opened.qtbot.keyClick(field, Qt.Key.Key_Return)
    opened.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_1)
    assert brush.brush.size == 60 and brush.brush.label == 255


@pytest.mark.parametrize(("typed", "size"), [("2.5", 2.5), ("1000", 1000)])
def test_a_size_may_have_a_tenth_of_a_pixel(opened, typed, size):
    field = opened.panel.side.brush.size_editor.field
    field.selectAll()
    opened.qtbot.keyClicks(field, typed)
    opened.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert opened.work.brush.brush.size == field.value() == size
    assert field.fontMetrics().horizontalAdvance(field.text()) < field.lineEdit().width()


def test_the_size_field_goes_as_far_as_the_brush(opened):
    editor = opened.panel.side.brush.size_editor
    opened.work.brush.update(size=5000)
    assert editor.field.value() == LARGEST and editor.slider.value() == editor.slider.maximum()
    for size in (1, 12, 40, 700):
        editor.show_value(size)
        editor._slide(editor.slider.value())
        assert abs(editor.field.value() - size) <= max(1, size / 100)
    middle = editor.slider.maximum() // 2
    editor.slider.setValue(middle)
    assert opened.work.brush.brush.size < LARGEST / 3, "small sizes have more of the slider's way"


def test_a_path_has_the_whole_width_of_its_form(opened):
    editor = opened.panel.side.forms[2].editor("output.matte")
    assert editor.field.width() == editor.width()


def test_the_opacity_slider_keeps_its_keys_from_the_frames(opened):
    panel = opened.panel
    panel.activateWindow()
    panel.view_bar.opacity.setFocus()
    before = opened.work.view.view.opacity
    opened.qtbot.keyClick(panel.view_bar.opacity, Qt.Key.Key_Right)
    assert opened.work.playhead.frame == 1001 and opened.work.view.view.opacity > before


def test_every_compression_of_a_shot_can_be_chosen():
    assert {value for value, _ in COMPRESSIONS} == set(matte_writer.COMPRESSIONS)


@pytest.mark.parametrize("language", ["C", "de_DE", "ar_EG"])
def test_numbers_are_written_and_typed_alike_in_every_language(drive, make_shot_folder, language):
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        driver = drive()
        driver.open(make_shot_folder(count=2).plate)
        _type_numbers(driver)
    finally:
        QLocale.setDefault(before)


def _type_numbers(driver) -> None:
    blur, frame = driver.panel.side.forms[1].editor("refinement.blur").field, driver.panel.transport.frame_field
    for typed, value in (("1.5", 1.5), ("2,5", 2.5), ("12", 12.0)):
        blur.selectAll()
        driver.qtbot.keyClicks(blur, typed)
        driver.qtbot.keyClick(blur, Qt.Key.Key_Return)
        assert driver.work.document.value("refinement.blur") == value
    assert blur.text() == "12.0 px" and frame.text() == "1001"
    dialog = ImportDialog(driver.panel)
    assert dialog.inner_field.text() == "10 px"
    dialog.deleteLater()
