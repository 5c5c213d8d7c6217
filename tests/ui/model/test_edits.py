"""What undo steps keep, and what they cost."""

from __future__ import annotations

import threading
import weakref
import zlib

import pytest
from PySide6.QtCore import QPointF

from stfam.core.shot import Output, Shot
from stfam.ui.model import packer
from stfam.ui.model.document import Document
from stfam.ui.model.edits import Paint, PutKey, SetRange, SetValue
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.paint.brush import Brush
from stfam.ui.paint.stroke import paint_segment


@pytest.fixture
def document(qapp):
    plate = PlateInfo("/p/plate.####.exr", (1, 2, 3), 42, 30)
    document = Document()
    document.load(plate, Shot(plate.spec, Output("")), {}, None)
    document.undo.push(PutKey(document, 2, TrimapCanvas(42, 30), "Make keyframe"))
    return document


def _paint(document: Document, y: int) -> None:
    canvas = document.keys[2]
    before = canvas.snapshot()
    rect = paint_segment(canvas, Brush(255, 5), QPointF(8, y), QPointF(30, y))
    document.undo.push(Paint(document, 2, rect, before, "Brush"))


def test_a_stroke_is_a_step_before_it_is_compressed(document, monkeypatch):
    """The compressor takes longer for a 4K frame than the artist has between two strokes' pictures, or before undo."""
    go_on = threading.Event()
    monkeypatch.setattr(
        packer.zlib, "compress", lambda *args, compress=zlib.compress: go_on.wait(240) and compress(*args)
    )
    blank = document.keys[2].snapshot()
    _paint(document, 10)
    one = document.keys[2].snapshot()
    _paint(document, 20)
    two = document.keys[2].snapshot()
    assert document.undo.count() == 3
    for _ in range(2):  # before and after
        for step, wanted in (("undo", one), ("undo", blank), ("redo", one), ("redo", two)):
            getattr(document.undo, step)()
            assert document.keys[2].snapshot() == wanted
        go_on.set()
        document.packer._pool.shutdown()


def test_steps_keep_no_whole_trimaps(document):
    first = weakref.ref(document.keys[2])
    _paint(document, 10)
    painted, version = document.keys[2].snapshot(), document.keys[2].version
    document.undo.push(PutKey(document, 2, TrimapCanvas(42, 30, 128), "Grow unknown"))
    document.undo.push(PutKey(document, 2, None, "Remove keyframe"))
    assert first() is None and not document.keys
    document.undo.undo()
    assert set(document.keys[2].snapshot()) == {128}
    document.undo.undo()
    assert document.keys[2].snapshot() == painted and document.keys[2].version is version
    document.undo.undo()
    assert not any(document.keys[2].snapshot())
    for _ in range(3):
        document.undo.redo()
    assert not document.keys


def test_undo_and_redo_tell_what_is_to_be_drawn_and_what_is_stale(document):
    told: list[tuple[object, ...]] = []
    document.painted.connect(lambda frame, where: told.append(("painted", frame, where)))
    document.key_edited.connect(lambda frame: told.append(("edited", frame)))
    document.keys_changed.connect(lambda: told.append(("keys",)))
    _paint(document, 10)
    rect = document.undo.command(1)._rect
    assert told == [("edited", 2)], "what is painted is drawn already"
    told.clear()
    stroke, key = [("painted", 2, rect), ("edited", 2)], [("keys",), ("edited", 2)]
    for step, wanted in (("undo", stroke), ("undo", key), ("redo", key), ("redo", stroke)):
        getattr(document.undo, step)()
        assert told == wanted
        told.clear()


def test_a_step_of_many_moves_leads_to_the_last_and_back_to_the_first(document):
    for value in (0.1, 0.2, 0.3):
        document.undo.push(SetValue(document, "refinement.black", value))
    for last in (2, 3):
        document.undo.push(SetRange(document, (2, last)))
    assert document.undo.count() == 3
    document.undo.undo()
    assert document.in_out == (1, 3) and document.value("refinement.black") == 0.3
    document.undo.undo()
    assert document.value("refinement.black") == 0.0
    document.undo.redo()
    document.undo.redo()
    assert document.in_out == (2, 3) and document.value("refinement.black") == 0.3
