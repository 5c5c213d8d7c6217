"""What is on disk while a stroke is drawn, after saving, and where writing fails."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import QPointF

from stfam.core.shot import Output, Shot
from stfam.ui.model import trimap_canvas
from stfam.ui.model.autosave import Autosave, recovered_session
from stfam.ui.model.document import Document
from stfam.ui.model.edits import PutKey
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
    qtbot.waitUntil(lambda: recovered_session(autosave.folder) is not None, timeout=2000)
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
