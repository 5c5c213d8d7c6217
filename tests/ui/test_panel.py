from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeySequence, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QSlider,
)  # fmt: skip

from stfam.ui.actions.hotkey_dialog import HotkeyDialog
from stfam.ui.commands.import_dialog import ImportDialog
from stfam.ui.controls.parameters import GROUPS
from stfam.ui.model.document import default_value
from stfam.ui.model.frame_states import Lane, State
from stfam.ui.model.shot_file import keys_folder


def test_opening_shows_the_plate_fitted_and_zooms_at_the_pointer(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=3).plate)
    viewport = driver.panel.viewport
    corner = viewport.place.to_screen(_whole(viewport))
    assert viewport.rect().contains(corner.toAlignedRect())
    at = QPointF(400, 300)
    under = viewport.place.to_plate(at)
    none = Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    viewport.wheelEvent(wheel)
    moved = viewport.place.to_plate(at)
    assert (moved - under).manhattanLength() < 1e-6
    driver.act("actual_size")
    assert viewport.place.scale == 1.0 and "100 %" in driver.panel.view_bar.zoom.text()


def _whole(viewport):
    from PySide6.QtCore import QRectF

    plate = viewport._document.plate
    return QRectF(0, 0, plate.width, plate.height)


def test_pixel_values_are_those_of_the_file(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    driver.panel.probe.look(QPointF(28.5, 32.5))
    driver.wait(lambda: "R 1.599" in driver.panel.probe.text())
    assert "x 28  y 32" in driver.panel.probe.text()


def test_every_parameter_has_an_editor_a_tip_and_an_undo_step(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    document = driver.work.document
    for form, group in zip(driver.panel.side.forms, GROUPS, strict=True):
        for parameter in group.parameters:
            assert parameter.tip in form.editor(parameter.name).toolTip()
            default = default_value(parameter.name)
            if default not in (None, ""):
                assert f"Default: {default}" in form.editor(parameter.name).toolTip()
    refine = driver.panel.side.forms[1]
    refine.editor("refinement.blur").field.setValue(3.5)
    assert document.value("refinement.blur") == 3.5 and document.undo.undoText() == "Set blur"
    driver.act("undo")
    assert document.value("refinement.blur") == 0.0 and refine.editor("refinement.blur").field.value() == 0.0


def test_hotkeys_are_shown_rebound_and_kept(drive):
    driver = drive(wait=False)
    actions = driver.panel.actions_by_id
    assert actions.hotkey("matte_range") == "M" and "(M)" in actions["matte_range"].toolTip()
    dialog = HotkeyDialog(actions, driver.panel)
    dialog.editor("fit").setKeySequence(QKeySequence("M"))
    dialog.editor("fit").editingFinished.emit()
    assert actions.hotkey("fit") == "M" and actions.hotkey("matte_range") == ""
    second = drive(wait=False)
    assert second.panel.actions_by_id.hotkey("fit") == "M"
    actions.reset_hotkeys()
    assert actions.hotkey("fit") == "F" and actions.hotkey("matte_range") == "M"


@pytest.mark.parametrize(("action", "kind"), [("hotkeys", HotkeyDialog), ("import_trimap", ImportDialog)])
def test_a_dialog_that_was_closed_is_gone(painted, action, kind):
    QTimer.singleShot(0, lambda: QApplication.activeModalWidget().reject())
    painted.act(action)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not painted.panel.findChildren(kind)


def test_no_two_actions_come_with_one_key(drive):
    keys = [spec.hotkey for spec in drive(wait=False).panel.actions_by_id.specs if spec.hotkey]
    assert len(keys) == len(set(keys))


def test_every_control_can_be_read_aloud(drive):
    panel = drive(wait=False).panel
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QSlider)
    unnamed = [
        widget.objectName() or type(widget).__name__
        for kind in kinds
        for widget in panel.findChildren(kind)
        if not widget.accessibleName()
        and not getattr(widget, "text", str)()
        and not isinstance(widget.parent(), QLineEdit)
    ]
    inside = (QAbstractSpinBox, QComboBox)
    lines = [field for field in panel.findChildren(QLineEdit) if not isinstance(field.parent(), inside)]
    fields = [field for field in lines if not field.accessibleName()]
    ours = [name for name in unnamed if not name.startswith("qt_")]
    assert not ours, ours
    assert not fields


def test_saving_moves_the_keys_beside_the_shot_and_save_as_copies_them(drive, make_shot_folder, tmp_path):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    driver.paint_disc(28.8)
    driver.work.playhead.go(1002)
    driver.paint_disc(30)
    shot = tmp_path / "a.stfam"
    assert driver.panel.files.save_to(shot)
    names = {path.name for path in keys_folder(shot).iterdir()}
    assert names == {"a.1001.png", "a.1002.png"}
    driver.act("remove_key")
    assert driver.panel.files.save() and {p.name for p in keys_folder(shot).iterdir()} == {"a.1001.png"}
    copy = tmp_path / "ü" / "b c.stfam"
    copy.parent.mkdir()
    assert driver.panel.files.save_to(copy) and driver.work.document.path == copy
    assert {path.name for path in keys_folder(copy).iterdir()} == {"b c.1001.png"}
    assert "../" not in copy.read_text("utf-8").split('"trimap"')[1][:60]


def test_the_queue_button_appears_with_a_queue_and_hands_over_the_saved_shot(drive, make_shot_folder, tmp_path):
    assert not drive(wait=False).panel.actions_by_id["queue"].isVisible()
    sent = []
    driver = drive(queue=lambda path: sent.append(path) or "Queued as job 3.")
    driver.open(make_shot_folder(count=1).plate)
    driver.paint_disc(28.8)
    driver.panel.files.save_to(tmp_path / "q.stfam")
    driver.act("queue")
    assert sent == [tmp_path / "q.stfam"] and driver.said == "Queued as job 3."


def test_in_and_out_limit_the_range_and_the_timeline_scrubs(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=9).plate)
    timeline, work = driver.panel.timeline, driver.work
    for frame in (1004, 1009):
        x = int(timeline.scale.middle(frame))
        driver.qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPointF(x, 45).toPoint())
        assert work.playhead.frame == frame
    work.playhead.go(1003)
    driver.act("set_in")
    work.playhead.go(1007)
    driver.act("set_out")
    assert work.document.range_text == "1003-1007" and driver.panel.transport.in_field.value() == 1003
    driver.act("undo")
    assert work.document.in_out == (1003, 1009) or work.document.in_out == (1001, 1009)


def test_a_second_panel_is_read_only_until_it_saves_elsewhere(drive, make_shot_folder, tmp_path):
    folder = make_shot_folder(count=2)
    first = drive()
    first.open(folder.plate)
    first.paint_disc(28.8)
    first.panel.files.save_to(tmp_path / "s.stfam")
    second = drive()
    second.open(tmp_path / "s.stfam")
    assert second.work.document.read_only and "read-only" in second.said and "read-only" in second.panel.windowTitle()
    before = second.work.document.keys[1001].snapshot()
    second.paint_disc(60)
    assert second.work.document.keys[1001].snapshot() == before
    assert not second.panel.actions_by_id["tool_brush"].isEnabled()
    assert not second.panel.files.save_to(tmp_path / "s.stfam"), "the lock is the first panel's"
    assert second.panel.files.save_to(tmp_path / "t.stfam") and second.work.document.editable


def test_paint_survives_kill_9_of_the_panel(drive, make_shot_folder, tmp_path, monkeypatch):
    folder = make_shot_folder(count=2)
    code = f"""
import sys, time
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication
from PySide6.QtTest import QTest
from stfam.ui.model.autosave import recovered_session
from stfam.ui.panel import Panel
app = QApplication([])
settings = QSettings({str(tmp_path / "s.ini")!r}, QSettings.Format.IniFormat)
panel = Panel(lambda: [sys.executable, "-m", "stfam.core.worker.server"], settings)
panel.resize(1200, 800)
panel.show()
def opened():
    panel.workplace.brush.update(label=255, size=20)
    place = panel.viewport.place
    from PySide6.QtCore import QPointF
    at = QPointF(40 * place.scale * place.aspect + place.x, 30 * place.scale + place.y).toPoint()
    QTest.mousePress(panel.viewport, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseRelease(panel.viewport, Qt.MouseButton.LeftButton, pos=at)
    autosave = panel.workplace.autosave
    autosave.written.connect(
        lambda: recovered_session(autosave.folder) and print("written", panel.workplace.link.pid, flush=True)
    )
panel.workplace.opener.opened.connect(opened)
panel.workplace.link.started.connect(lambda: panel.open_path({folder.plate!r}))
app.exec()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with process:
        said, worker = process.stdout.readline().split()
        assert said == "written" and _runs(int(worker))
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 240
    while _runs(int(worker)):
        assert time.monotonic() < deadline, "the worker must end with its panel"
        time.sleep(0.1)
    driver = drive()
    driver.open(folder.plate)
    assert driver.work.document.keys[1001].label(40, 30) == 255
    assert "restored" in driver.said and driver.panel.isWindowModified()
    driver.work.autosave.flush()
    session = json.loads((driver.work.autosave.folder / "session.json").read_text("utf-8"))
    assert session["unsaved"], "what was restored must be restored again if this panel dies too"
    answers = iter((QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard))
    monkeypatch.setattr(QMessageBox, "question", lambda *a: next(answers))
    driver.act("discard_recovered")
    assert driver.work.document.keys, "it asks first"
    with driver.qtbot.waitSignal(driver.work.opener.opened, timeout=240_000):
        driver.act("discard_recovered")
    assert not driver.panel.actions_by_id["discard_recovered"].isEnabled()
    assert not driver.work.document.keys and not driver.panel.isWindowModified()


def test_closing_asks_once_where_there_is_unsaved_paint(drive, make_shot_folder, monkeypatch):
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    driver.paint_disc(28.8)
    pid, asked = driver.work.link.pid, []
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard]
    monkeypatch.setattr(QMessageBox, "exec", lambda box: (asked.append(box.text()), answers[len(asked) - 1])[1])
    assert not driver.panel.close() and _runs(pid)
    assert driver.panel.close() and len(asked) == 2 and "unsaved" in asked[0]
    driver.wait(lambda: not _runs(pid))


def test_an_imported_mask_becomes_the_trimap(drive, make_shot_folder, tmp_path):
    from PySide6.QtGui import QImage, QPainter

    mask = QImage(96, 64, QImage.Format.Format_Grayscale8)
    mask.fill(0)
    painter = QPainter(mask)
    painter.fillRect(30, 20, 30, 24, Qt.GlobalColor.white)
    painter.end()
    mask.save(str(tmp_path / "mask.png"))
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    driver.work.worker_edits.import_from(1001, str(tmp_path / "mask.png"), 4, 4)
    driver.wait(lambda: 1001 in driver.work.document.keys)
    assert [driver.work.document.keys[1001].label(x, 32) for x in (45, 29, 5)] == [255, 128, 0]
    driver.work.worker_edits.import_from(1001, str(tmp_path / "gone.png"), 4, 4)
    driver.wait(lambda: "missing" in driver.said)


def test_the_states_of_the_frames_reach_the_timeline_tool_tip(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    driver.work.states.put(Lane.MATTE, 1002, State.FAILED, "no such file")
    image = driver.panel.timeline.grab().toImage()
    x = int(driver.panel.timeline.scale.middle(1002))
    colour = image.pixelColor(x + 10, driver.panel.timeline._lane_top(1) + 6)
    assert colour.red() > colour.green() + 60


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(("name", "key"), [("plate", Qt.Key.Key_F1), ("overlay", Qt.Key.Key_F3)])
def test_a_view_key_chooses_the_view(drive, make_shot_folder, name, key):
    driver = drive()
    driver.open(make_shot_folder(count=1).plate)
    driver.qtbot.keyClick(driver.panel.viewport, key)
    assert driver.work.view.view.name == name and driver.panel.actions_by_id[f"view_{name}"].isChecked()
