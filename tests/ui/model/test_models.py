from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QSettings

from stfam.core.shot import Output, Shot
from stfam.ui.model.brush_state import BrushState
from stfam.ui.model.document import Document
from stfam.ui.model.edits import Paint, PutKey, SetRange, SetValue
from stfam.ui.model.lock import ShotLock
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.recent import RecentFiles
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.model.view_state import ViewState
from stfam.ui.paint.brush import Brush
from stfam.ui.paint.stroke import paint_segment


@pytest.fixture
def document(qapp) -> Document:
    made = Document()
    plate = PlateInfo("/p/plate.####.exr", tuple(range(1001, 1011)), 40, 30)
    made.load(plate, Shot(plate.spec, Output("")), {}, None)
    return made


def test_every_edit_is_undone_and_done_again(document):
    canvas = TrimapCanvas(40, 30)
    document.undo.push(PutKey(document, 1003, canvas, "Make keyframe"))
    before = canvas.snapshot()
    rect = paint_segment(canvas, Brush(255, 8), QPointF(20, 15), QPointF(24, 15))
    document.undo.push(Paint(document, 1003, rect, before, "Brush"))
    painted = canvas.snapshot()
    document.undo.push(SetValue(document, "settings.window", 1))
    document.undo.push(SetRange(document, (1002, 1005)))
    while document.undo.canUndo():
        document.undo.undo()
    assert not document.keys and document.value("settings.window") == 2 and document.in_out == (1001, 1010)
    while document.undo.canRedo():
        document.undo.redo()
    assert document.keys[1003].snapshot() == painted
    assert document.value("settings.window") == 1 and document.in_out == (1002, 1005)


def test_the_moves_of_one_slider_are_one_step(document):
    for value in (0.1, 0.2, 0.3):
        document.undo.push(SetValue(document, "refinement.black", value))
    document.undo.push(SetValue(document, "refinement.blur", 1.0))
    assert document.undo.count() == 2
    document.undo.undo()
    document.undo.undo()
    assert document.value("refinement.black") == 0.0


@pytest.mark.parametrize(
    ("keys", "frame", "span"),
    [
        ((1003,), 1003, range(1001, 1011)),
        ((1003, 1006), 1003, range(1001, 1006)),
        ((1002, 1005, 1009), 1005, range(1003, 1009)),
    ],
)
def test_a_span_reaches_to_the_neighbouring_keys(document, keys, frame, span):
    for key in keys:
        document.put_key(key, TrimapCanvas(40, 30))
    assert document.span(frame) == tuple(span)


def test_the_shot_of_a_document_is_the_project_file(document):
    document.put_key(1004, TrimapCanvas(40, 30))
    shot = document.shot({1004: "/k/key.png"})
    assert shot == Shot.from_json(shot.to_json())
    assert shot.keys[0].frame == 1004 and shot.frames == "1001-1010"


def test_the_playhead_stays_on_frames_that_are_there(qapp):
    head = Playhead()
    head.load((1001, 1002, 1005, 1009), 24.0)
    seen = []
    head.moved.connect(seen.append)
    for frame in (1004, 1008, 2000, 0):
        head.go(frame)
    head.step(1)
    head.step(-5)
    assert seen == [1005, 1009, 1001, 1002, 1001]
    head.go_to_next([1002, 1009])
    assert head.frame == 1002
    head.go_to_previous([1001])
    assert head.frame == 1001


def test_playing_follows_the_clock_within_in_and_out(qtbot):
    head = Playhead()
    head.load(tuple(range(1, 11)), 50.0)
    head.set_loop((3, 5))
    head.go(3)
    seen = []
    head.moved.connect(seen.append)
    head.toggle()
    qtbot.waitUntil(lambda: len(seen) > 6, timeout=240_000)
    head.stop()
    assert set(seen) <= {3, 4, 5} and not head.playing


def test_unknown_views_and_tools_are_errors(qapp):
    with pytest.raises(ValueError, match="there are plate"):
        ViewState().update(name="depth")
    with pytest.raises(ValueError, match="there are brush"):
        BrushState().take("hammer")


def test_one_panel_holds_the_lock(tmp_path, qapp):
    first, second = ShotLock(), ShotLock()
    assert first.take(tmp_path / "s") and not second.take(tmp_path / "s")
    first.give_up()
    assert second.take(tmp_path / "s")
    second.give_up()


def test_recent_files_are_newest_first(tmp_path, qapp):
    recent = RecentFiles(QSettings(str(tmp_path / "r.ini"), QSettings.Format.IniFormat))
    for name in ("a", "b", "a"):
        recent.add(name)
    assert recent.paths == ["a", "b"]
