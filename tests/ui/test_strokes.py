"""Where a stroke begins and ends, and what is said where none can begin."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication

from stfam.core.worker.protocol import Event
from stfam.ui.model.trimap_canvas import TrimapCanvas

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def opened(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=3).plate)
    return driver


@pytest.fixture
def keyed(opened):
    """A background key on the first frame, and the brush set to foreground."""
    opened.work.document.put_key(1001, TrimapCanvas(96, 64))
    opened.brush(255, 10)
    return opened


def test_a_stroke_ends_as_an_undo_step_when_the_frame_changes(keyed):
    viewport, key = keyed.panel.viewport, keyed.work.document.keys[1001]
    keyed.qtbot.mousePress(viewport, LEFT, pos=keyed.at(20, 20))
    keyed.qtbot.mouseMove(viewport, keyed.at(40, 20))
    keyed.act("step_forward")
    keyed.qtbot.mouseMove(viewport, keyed.at(60, 20))
    keyed.qtbot.mouseRelease(viewport, LEFT, pos=keyed.at(60, 20))
    assert list(keyed.work.document.keys) == [1001] and keyed.work.document.undo.count() == 1
    assert [key.label(x, 20) for x in (20, 40, 60)] == [255, 255, 0]
    keyed.act("undo")
    assert not key.holds(255)


def test_a_second_button_neither_ends_nor_changes_a_stroke(keyed):
    viewport, key = keyed.panel.viewport, keyed.work.document.keys[1001]
    keyed.qtbot.mousePress(viewport, LEFT, pos=keyed.at(20, 20))
    keyed.qtbot.mousePress(viewport, RIGHT, pos=keyed.at(60, 50))
    keyed.qtbot.mouseRelease(viewport, RIGHT, pos=keyed.at(60, 50))
    keyed.qtbot.mouseMove(viewport, keyed.at(40, 20))
    keyed.qtbot.mouseRelease(viewport, LEFT, pos=keyed.at(40, 20))
    assert keyed.work.document.undo.count() == 1 and key.label(40, 20) == 255
    keyed.act("undo")
    assert not key.holds(255)


def test_undo_in_a_stroke_takes_back_the_stroke(keyed):
    viewport, key = keyed.panel.viewport, keyed.work.document.keys[1001]
    keyed.stroke((20, 20))
    before = key.snapshot()
    keyed.qtbot.mousePress(viewport, LEFT, pos=keyed.at(24, 20))
    keyed.act("undo")
    keyed.qtbot.mouseRelease(viewport, LEFT, pos=keyed.at(24, 20))
    assert key.snapshot() == before
    keyed.act("redo")
    assert key.label(28, 20) == 255


def test_a_key_that_is_removed_in_a_stroke_goes_with_the_stroke(keyed):
    viewport, document = keyed.panel.viewport, keyed.work.document
    keyed.qtbot.mousePress(viewport, LEFT, pos=keyed.at(20, 20))
    keyed.act("remove_key")
    keyed.qtbot.mouseMove(viewport, keyed.at(40, 20))
    keyed.qtbot.mouseRelease(viewport, LEFT, pos=keyed.at(40, 20))
    assert not document.keys and not keyed.work.autosave.painting, "no stroke is left that the worker would wait for"
    keyed.act("undo")
    assert document.keys[1001].label(20, 20) == 255 and document.keys[1001].label(40, 20) == 0


@pytest.mark.parametrize("action", ["matte_range", "propagate_both", "export"])
def test_work_that_begins_in_a_stroke_has_it_whole(keyed, monkeypatch, action):
    viewport, document, key = keyed.panel.viewport, keyed.work.document, keyed.work.document.keys[1001]
    begun = []
    monkeypatch.setattr(keyed.work.jobs, "start", lambda kind, frames: begun.append(document.undo.undoText()))
    keyed.brush(255, 10)
    keyed.stroke((20, 20))
    keyed.brush(128, 10)
    keyed.qtbot.mousePress(viewport, LEFT, pos=keyed.at(40, 20))
    keyed.act(action)
    keyed.qtbot.mouseMove(viewport, keyed.at(60, 20))
    keyed.qtbot.mouseRelease(viewport, LEFT, pos=keyed.at(60, 20))
    assert begun == ["Brush, frame 1001"] and document.undo.count() == 2
    assert key.label(40, 20) == 128 and key.label(60, 20) == 0, "the stroke ended where the work began"


def test_what_is_held_is_let_go_with_the_focus(keyed):
    viewport = keyed.panel.viewport
    keyed.qtbot.keyPress(viewport, Qt.Key.Key_Space)
    QApplication.sendEvent(viewport, QFocusEvent(QFocusEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason))
    keyed.stroke((20, 20))
    assert keyed.work.document.keys[1001].label(20, 20) == 255, "Space holds no longer: the stroke paints"
    keyed.qtbot.mousePress(viewport, LEFT, pos=keyed.at(40, 20))
    QApplication.sendEvent(viewport, QFocusEvent(QFocusEvent.Type.FocusOut, Qt.FocusReason.PopupFocusReason))
    assert keyed.work.document.undo.count() == 2
    keyed.stroke((60, 20))
    assert keyed.work.document.undo.count() == 3


def test_a_press_beside_the_picture_makes_no_keyframe(opened):
    opened.stroke((-2.0, 30), (-2.0, 40))
    assert not opened.work.document.keys and not opened.work.document.undo.count()


def test_a_fill_beside_the_picture_fills_nothing(keyed):
    keyed.panel.viewport.zoom_to(20.0)
    keyed.act("tool_fill")
    keyed.stroke((-0.6, 30.5))
    assert not keyed.work.document.keys[1001].holds(255)


def test_a_stroke_begun_before_its_key_has_come_goes_on(opened, monkeypatch):
    hand = opened.work.hand
    opened.brush(255, 10)
    monkeypatch.setattr(hand, "_make_key", lambda frame: False)
    hand.press(QPointF(20, 20), 1.0, None)
    opened.work.document.put_key(1001, TrimapCanvas(96, 64))
    opened.work.keys.made.emit(1001)
    hand.move(QPointF(40, 20), 1.0)
    hand.release(QPointF(40, 20))
    assert opened.work.document.keys[1001].label(30, 20) == 255 and opened.work.document.undo.count() == 1


def test_what_does_nothing_says_why(opened):
    for action in ("grow", "shrink", "remove_key"):
        opened.work.messages.clear()
        opened.act(action)
        assert opened.said == "Frame 1001 is no keyframe.", action
    opened.act("view_alpha")
    opened.stroke((20, 20))
    assert "not on alpha" in opened.said and opened.work.messages.current.actions == ("view_overlay",)
    opened.act("view_overlay")
    opened.act("matte_range")
    assert "Paint a trimap first" in opened.said
    opened.stroke((20, 20))
    assert opened.said == "", "what was missing is there"
    opened.act("undo")
    opened.paint_disc(28.8)
    opened.work.document.assign_range((1001, 1001))
    opened.act("propagate_both")
    assert "Nothing to carry" in opened.said and opened.work.jobs.current is None


@pytest.mark.parametrize(("label", "lacking"), [(255, "unknown"), (128, "foreground")])
@pytest.mark.parametrize("action", ["propagate_both", "matte_range", "export"])
def test_a_key_that_says_too_little_is_named_before_the_worker_is_asked(opened, action, label, lacking):
    opened.brush(label, 20)
    opened.stroke((28, 32))
    opened.act(action)
    assert opened.said.startswith(f"Frame 1001 has no {lacking} pixels. Paint")
    assert opened.work.jobs.current is None and opened.work.document.value("output.matte") == ""


def test_export_without_a_key_says_so_and_chooses_no_path(opened):
    opened.act("export")
    assert "Paint a trimap first" in opened.said and opened.work.document.value("output.matte") == ""


@pytest.mark.parametrize(
    ("result", "said", "error"),
    [
        ({"written": 1, "failed": 0}, "Exported 1 frame to /m.####.exr.", False),
        ({"written": 7, "failed": 1}, "Exported 7 of 8 frames to /m.####.exr. Frame 1003: no such file", True),
    ],
    ids=["whole", "part"],
)
def test_an_export_says_how_many_frames_it_wrote_and_why_others_failed(opened, monkeypatch, result, said, error):
    opened.paint_disc(28.8)
    monkeypatch.setattr(opened.work.link, "ask", lambda *request: 7)
    opened.act("export")
    job, jobs = opened.work.jobs.current, opened.work.jobs
    if result["failed"]:
        for frame, message in ((1003, "no such file"), (1002, "another reason")):
            opened.work.link.said.emit(Event("frame_failed", job.id, {"frame": frame, "message": message, "kind": ""}))
    jobs._finish(job, {**result, "matte": "/m.####.exr"})
    assert opened.said == said and opened.work.messages.current.error == error
