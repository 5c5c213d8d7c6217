"""What is on disk while a stroke is drawn, after saving, and where writing fails."""

from __future__ import annotations

import json
import os
import shutil
import threading

import pytest
from PySide6.QtCore import QPointF, Qt

from stfam.core.shot import Keyframe, Output, Shot
from stfam.ui.model import autosave as autosaving
from stfam.ui.model import trimap_canvas
from stfam.ui.model.autosave import Autosave, recovered_session
from stfam.ui.model.document import Document
from stfam.ui.model.edits import PutKey, SetRange, SetValue
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.shot_file import save_shot
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.paint.brush import Brush
from stfam.ui.paint.tools import begin


@pytest.fixture
def saved(qapp, tmp_path):
    """A saved document with one key, and its autosave."""
    document = Document()
    autosave = Autosave(document)
    plate = PlateInfo("/p/plate.####.exr", (1, 2), 40, 30)
    document.load(plate, Shot(plate.spec, Output("")), {1: TrimapCanvas(40, 30)}, tmp_path / "s.stfam")
    autosave.start(tmp_path / "session")
    autosave.flush()
    assert recovered_session(autosave.folder) is None
    yield document, autosave
    autosave.close()


def test_a_stroke_that_is_still_drawn_is_restored(saved, qtbot):
    document, autosave = saved
    stroke = begin("brush", document, 1, Brush(255, 10), QPointF(20, 15), 1.0)
    qtbot.waitUntil(lambda: recovered_session(autosave.folder) is not None, timeout=240_000)
    assert TrimapCanvas.from_file(autosave.key_path(1)).label(20, 15) == 255
    stroke.release(QPointF(20, 15))
    document.undo.undo()
    autosave.flush()
    assert recovered_session(autosave.folder) is None, "the stroke was taken back"


def test_after_saving_nothing_is_restored_and_the_keys_are_there(saved):
    document, autosave = saved
    stroke = begin("brush", document, 1, Brush(), QPointF(20, 15), 1.0)
    stroke.release(QPointF(20, 15))
    document.note_saved(document.path)
    autosave.discard()
    assert recovered_session(autosave.folder) is None
    assert TrimapCanvas.from_file(autosave.key_path(1)).snapshot() == document.keys[1].snapshot()


def test_keys_whose_files_are_gone_are_written_again(saved):
    document, autosave = saved
    assert not autosave.pending
    shutil.rmtree(autosave.folder)  # somebody clears the cache
    assert autosave.pending
    autosave.flush()
    assert not autosave.pending and autosave.key_path(1).is_file() and (autosave.folder / "session.json").is_file()


def test_what_is_left_of_a_session_is_restored(saved):
    document, autosave = saved
    document.undo.push(PutKey(document, 2, TrimapCanvas(40, 30), "Make keyframe"))
    autosave.flush()
    autosave.key_path(1).unlink()
    recovered = recovered_session(autosave.folder)
    assert [key.frame for key in recovered.shot.keys] == [2] and recovered.lost == (1,)
    assert recovered.path == document.path
    document.path = None
    document.undo.push(PutKey(document, 2, None, "Remove keyframe"))
    autosave.flush()
    recovered = recovered_session(autosave.folder)
    assert (recovered.path, recovered.shot.keys) == (None, (Keyframe(1, str(autosave.key_path(1))),))


def test_a_shot_that_cannot_be_made_is_said_and_tried_again(saved, monkeypatch):
    document, autosave = saved
    said = []
    autosave.failed.connect(said.append)
    document.assign("settings.tile", "8")
    autosave.write()
    assert "at least 16 pixels" in said[0]
    document.assign("settings.tile", "auto")
    autosave.flush()
    assert autosave.problem == ""


def test_a_key_is_made_a_file_once_for_what_is_painted(saved, monkeypatch, tmp_path):
    document, autosave = saved
    made = []

    def counted(*args, make=trimap_canvas.trimap_png) -> bytes:
        made.append(args)
        return make(*args)

    monkeypatch.setattr(trimap_canvas, "trimap_png", counted)
    document.undo.push(PutKey(document, 2, TrimapCanvas(40, 30), "Make keyframe"))
    autosave.flush()
    for name in ("a", "b"):
        save_shot(document, tmp_path / f"{name}.stfam")
    autosave.start(tmp_path / "other")
    autosave.flush()
    assert len(made) == 1, "the key that was there and saved is not made again"
    stroke = begin("brush", document, 2, Brush(255, 10), QPointF(20, 15), 1.0)
    save_shot(document, tmp_path / "a.stfam")
    stroke.move(QPointF(30, 15), 1.0)
    save_shot(document, tmp_path / "b.stfam")
    for name, labels in (("a", (255, 0)), ("b", (255, 255))):
        file = TrimapCanvas.from_file(tmp_path / f"{name}_keys" / f"{name}.0002.png")
        assert (file.label(20, 15), file.label(30, 15)) == labels
    stroke.release(QPointF(30, 15))
    document.undo.undo()
    save_shot(document, tmp_path / "a.stfam")
    assert not any(TrimapCanvas.from_file(tmp_path / "a_keys" / "a.0002.png").snapshot())


def test_without_memory_a_key_is_tried_again(saved, monkeypatch):
    document, autosave = saved

    def exhausted(*_: object) -> bytes:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(trimap_canvas, "trimap_png", exhausted)
        document.undo.push(PutKey(document, 2, TrimapCanvas(40, 30), "Make keyframe"))
        autosave.flush()
        assert "Autosave failed: no memory is left." in autosave.problem
    autosave.flush()
    assert not autosave.problem and autosave.key_path(2).is_file()


@pytest.mark.parametrize(
    "change", [{"path": 3}, {"shot": "[" * 100_000}, {"unsaved": None}], ids=["path", "deep", "saved"]
)
def test_a_damaged_session_is_none(saved, change):
    document, autosave = saved
    document.undo.push(SetValue(document, "settings.window", 1))
    autosave.flush()
    session = autosave.folder / "session.json"
    session.write_text(json.dumps({**json.loads(session.read_text()), **change}))
    assert recovered_session(autosave.folder) is None


@pytest.mark.parametrize("end", ["flush", "close"])
def test_parameters_and_the_range_are_kept_too(saved, end):
    document, autosave = saved
    document.undo.push(SetValue(document, "settings.window", 1))
    autosave.flush()
    assert recovered_session(autosave.folder).shot.settings.window == 1
    document.undo.push(SetRange(document, (2, 2)))
    getattr(autosave, end)()
    assert recovered_session(autosave.folder).shot.frames == "2"


def test_a_shot_without_keys_is_kept_from_the_start(qapp, tmp_path):
    document = Document()
    autosave = Autosave(document)
    autosave.start(tmp_path)
    autosave.flush()
    assert not list(tmp_path.iterdir()), "nothing is open"
    document.load(PlateInfo("/p/plate.####.exr", (1, 2), 40, 30), Shot("/p/plate.####.exr", Output("")), {}, None)
    autosave.start(tmp_path / "of plates" / "session")
    autosave.flush()
    assert (tmp_path / "of plates" / "session" / "session.json").is_file()
    autosave.close()


def test_a_key_that_was_made_anew_is_written_over_the_one_before_and_pending_until_then(saved, monkeypatch):
    document, autosave = saved
    go_on = threading.Event()
    monkeypatch.setattr(autosaving.os, "replace", lambda *paths, to=os.replace: go_on.wait(240) and to(*paths))
    document.undo.push(PutKey(document, 1, TrimapCanvas(40, 30, 128), "Grow unknown"))
    assert autosave.pending
    autosave.write()
    assert autosave.pending and TrimapCanvas.from_file(autosave.key_path(1)).holds(0)
    go_on.set()
    autosave.flush()
    assert not autosave.pending and not TrimapCanvas.from_file(autosave.key_path(1)).holds(0)


def test_what_is_not_wanted_is_not_restored(saved):
    document, autosave = saved
    document.undo.push(SetValue(document, "settings.window", 1))
    for _ in range(2):
        autosave.discard()
        assert not (autosave.folder / "session.json").exists()


def test_a_long_stroke_does_not_put_its_write_off(saved, qtbot):
    document, autosave = saved
    assert 0 < autosave._timer.interval() < 1000
    autosave._timer.setTimerType(Qt.TimerType.PreciseTimer)  # others end up to a twentieth earlier or later
    autosave._timer.setInterval(60_000)
    document.painted.emit(1, document.keys[1].rect)
    qtbot.wait(50)
    document.painted.emit(1, document.keys[1].rect)
    assert 0 < autosave._timer.remainingTime() < 60_000 - 30
    assert autosave.painting
    document.key_edited.emit(1)
    assert not autosave.painting


def test_a_write_that_failed_is_said_once_and_tried_until_it_succeeds(saved, monkeypatch, qtbot):
    document, autosave = saved
    autosave._retry.setInterval(10)
    tries, said, written = [], [], []
    autosave.failed.connect(said.append)
    autosave.written.connect(lambda: written.append(len(tries)))

    def full(*paths: object) -> None:
        tries.append(paths)
        raise OSError(28, "No space left on device")

    for many in (1, 2):
        with monkeypatch.context() as patch:
            patch.setattr(autosaving.os, "replace", full)
            document.undo.push(PutKey(document, 2, TrimapCanvas(40, 30, 128), "Make keyframe"))
            autosave.write()
            qtbot.waitUntil(lambda: len(tries) > 2, timeout=240_000)
        qtbot.waitUntil(lambda: bool(written), timeout=240_000)
        assert [text.split(". ")[0] for text in said] == ["Autosave failed: No space left on device"] * many
        assert TrimapCanvas.from_file(autosave.key_path(2)).holds(128)
        tries.clear()
        written.clear()
        document.undo.undo()
        autosave.flush()
        qtbot.waitUntil(lambda: bool(written), timeout=240_000)
        written.clear()
