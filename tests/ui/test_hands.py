"""What a hand does to the real panel: tools, pen, panning, wipe, range, keyboard."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication, QWidget

from stfam.core.worker.protocol import Event

SQUARE = ((20.0, 16.0), (60.0, 16.0), (60.0, 48.0), (20.0, 48.0))


@pytest.fixture
def opened(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=9).plate)
    return driver


def test_lasso_line_and_fill_paint_what_they_outline(opened):
    opened.act("tool_lasso")
    opened.brush(128, 10)
    opened.stroke(*SQUARE)
    key = opened.work.document.keys[1001]
    assert [key.label(x, 32) for x in (10, 40, 70)] == [0, 128, 0]
    opened.act("tool_line")
    opened.act("label_foreground")
    opened.brush(255, 4)
    opened.stroke((24, 20), (40, 40), (56, 20))
    assert key.label(40, 20) == 255 and key.label(40, 40) == 128, "a line goes straight from the press to the release"
    opened.act("tool_fill")
    opened.stroke((40, 40))
    assert key.label(22, 46) == 255 and key.label(10, 10) == 0
    for label in (128, 128, 0):
        opened.act("undo")
        assert key.label(22, 46) == label
    opened.act("undo")
    assert not opened.work.document.keys, "the key that the first stroke made goes with it"


def _pen(viewport: QWidget, kind: QEvent.Type, at: QPointF, pressure: float) -> None:
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 1,
    )  # fmt: skip
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else Qt.MouseButton.LeftButton
    event = QTabletEvent(
        kind, device, at, QPointF(viewport.mapToGlobal(at.toPoint())), pressure, 0, 0, 0, 0, 0,
        Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, held,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


@pytest.mark.parametrize(("pressure", "across"), [(1.0, 20), (0.5, 10)])
def test_the_pen_s_pressure_scales_the_brush(opened, pressure, across):
    opened.brush(255, 20)
    viewport, at = opened.panel.viewport, QPointF(opened.at(48, 32))
    _pen(viewport, QEvent.Type.TabletPress, at, pressure)
    _pen(viewport, QEvent.Type.TabletRelease, at, 0.0)
    key = opened.work.document.keys[1001]
    assert abs(sum(key.label(x, 32) == 255 for x in range(96)) - across) <= 1


def test_a_pen_on_the_picture_takes_the_keys_from_a_field(opened):
    viewport, at = opened.panel.viewport, QPointF(opened.at(48, 32))
    opened.panel.transport.frame_field.setFocus()
    _pen(viewport, QEvent.Type.TabletPress, at, 1.0)
    _pen(viewport, QEvent.Type.TabletRelease, at, 0.0)
    assert opened.panel.focusWidget() is viewport


def test_space_and_the_middle_button_pan_and_do_not_paint(opened):
    viewport = opened.panel.viewport
    before = viewport.place
    opened.qtbot.keyPress(viewport, Qt.Key.Key_Space)
    opened.stroke((20, 20), (40, 30))
    opened.qtbot.keyRelease(viewport, Qt.Key.Key_Space)
    panned = viewport.place
    assert panned.x > before.x and panned.y > before.y and panned.scale == before.scale
    opened.stroke((40, 30), (20, 20), button=Qt.MouseButton.MiddleButton)
    assert viewport.place.x < panned.x and not opened.work.document.keys


def test_nothing_is_painted_on_views_that_show_results(opened):
    for name in ("alpha", "foreground", "comp"):
        opened.act(f"view_{name}")
        opened.stroke((20, 20), (40, 30))
    assert not opened.work.document.keys


def test_a_wipe_shows_two_different_views(opened):
    view = opened.work.view
    for name in ("plate", "alpha", "comp"):
        opened.act(f"view_{name}")
        view.update(other=name)
        opened.act("wipe")
        assert view.view.wipe == 0.5 and view.view.other != name
        opened.act("wipe")


def test_brackets_on_the_timeline_set_in_and_out(opened):
    timeline, document = opened.panel.timeline, opened.work.document
    left = Qt.MouseButton.LeftButton
    for grip, to in ((1001, 1003), (1010, 1007)):
        opened.qtbot.mousePress(timeline, left, pos=QPointF(timeline.scale.x(grip), 5).toPoint())
        opened.qtbot.mouseMove(timeline, QPointF(timeline.scale.middle(to), 5).toPoint())
        opened.qtbot.mouseRelease(timeline, left)
    assert document.in_out == (1003, 1007)
    timeline.setFocus()
    opened.qtbot.keyClick(timeline, Qt.Key.Key_Home)
    assert opened.work.playhead.frame == 1003


def test_a_rebound_hotkey_works_and_the_old_one_no_longer(opened):
    opened.panel.actions_by_id.rebind("onion", "Ctrl+J")
    opened.panel.activateWindow()
    opened.panel.viewport.setFocus()
    opened.qtbot.keyClick(opened.panel.viewport, Qt.Key.Key_O)
    assert not opened.work.view.view.onion
    opened.qtbot.keyClick(opened.panel.viewport, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert opened.work.view.view.onion
    menu = next(action for action in opened.panel.menu_bar.actions() if action.text() == "&View").menu()
    assert any(action.shortcut().toString() == "Ctrl+J" for action in menu.actions())


def test_tab_goes_from_the_tools_over_the_picture_and_the_forms_to_the_timeline(opened):
    panel, order = opened.panel, []
    widget = panel.nextInFocusChain()
    while widget is not panel:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(panel):
            order.append(widget.accessibleName() or type(widget).__name__)
        widget = widget.nextInFocusChain()
    stations = ["Brush", "Plate", "Picture", "Size", "Weights", "Black clip", "Matte", "Propagate Back", "Timeline"]
    places = [order.index(name) for name in stations]
    assert places == sorted(places), order
    assert "SidePanel" not in order


def test_the_hint_leads_on_from_an_open_plate_to_painting(opened):
    assert "Paint a trimap" in opened.panel.status.hint.text()
    opened.paint_disc(28.8)
    opened.wait(lambda: "Carry the trimap" in opened.panel.status.hint.text())
    opened.panel.actions_by_id.rebind("propagate_both", "Ctrl+Y")
    assert "Ctrl+Y" in opened.panel.status.hint.text()


def test_time_memory_device_and_a_fallback_are_said(opened):
    opened.paint_disc(28.8)
    opened.wait(lambda: "In to out: about" in opened.panel.side.estimate.text())
    assert "memory" in opened.panel.side.estimate.text()
    opened.wait(lambda: "CPU" in opened.panel.status.device.text())
    text = "Out of device memory; going on with tiles of 256 px."
    opened.work.link.said.emit(Event("device", 1, {"text": text, "name": "", "fallback": True}))
    assert opened.said == text and opened.panel.status.device.text() == text


def test_formats_and_passes_are_chosen_without_typing(opened):
    output, document = opened.panel.side.forms[2], opened.work.document
    matte, foreground = output.editor("output.matte"), output.editor("output.foreground")
    assert foreground.format_box.currentText() == "Off" and matte.format_box.currentText() == "EXR"
    _choose(foreground.format_box, "EXR")
    assert document.value("output.foreground").endswith("_foreground.v001.####.exr")
    _choose(matte.format_box, "ProRes")
    assert document.value("output.matte").endswith("_matte.v001.mov")
    _choose(matte.format_box, "PNG")
    assert document.value("output.matte").endswith("_matte.v001.####.png")
    _choose(foreground.format_box, "Off")
    assert document.value("output.foreground") is None
    opened.act("undo")
    assert foreground.format_box.currentText() == "EXR"


def _choose(box, text: str) -> None:
    place = box.findText(text)
    box.setCurrentIndex(place)
    box.activated.emit(place)


def test_on_a_screen_of_two_pixels_a_point_100_percent_is_one_plate_pixel_a_screen_pixel(tmp_path):
    code = """
import sys
from PySide6.QtWidgets import QApplication
from stfam.core.shot import Output, Shot
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.panel import Panel
app = QApplication([])
panel = Panel(lambda: [sys.executable, "-c", "input()"])
panel.resize(900, 600); panel.show()
plate = PlateInfo("p.####.exr", (1,), 4096, 2160)
panel.workplace.document.load(plate, Shot(plate.spec, Output("")), {}, None)
panel.actions_by_id["actual_size"].trigger()
grabbed = panel.viewport.grab()
print(panel.viewport.place.scale, panel.view_bar.zoom.text(), grabbed.devicePixelRatio(), panel.viewport._level())
panel.shut()
"""
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "XDG_CONFIG_HOME": str(tmp_path), "STFAM_CACHE": str(tmp_path)}
    environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=240)
    assert done.stdout.split() == ["0.5", "100", "%", "2.0", "0"], done.stderr
