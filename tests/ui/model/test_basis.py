"""Which results an edit outgrows, and that an edit that was undone outgrows none."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from stfam.core.shot import Output, Shot
from stfam.ui.model.basis import Basis
from stfam.ui.model.document import Document
from stfam.ui.model.edits import Paint, PutKey, SetValue
from stfam.ui.model.frame_states import Lane
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.paint.brush import Brush
from stfam.ui.paint.stroke import paint_segment

BOTH = (Lane.TRIMAP, Lane.MATTE)


@pytest.fixture
def document(qapp) -> Document:
    """Ten frames with keys on the first and the fifth."""
    made, plate = Document(), PlateInfo("/p/plate.####.exr", tuple(range(1, 11)), 40, 30)
    made.load(plate, Shot(plate.spec, Output("")), {frame: TrimapCanvas(40, 30) for frame in (1, 5)}, None)
    return made


def _paint(document: Document) -> None:
    canvas = document.keys[5]
    before = canvas.snapshot()
    rect = paint_segment(canvas, Brush(255, 8), QPointF(20, 15), QPointF(24, 15))
    document.undo.push(Paint(document, 5, rect, before, "Brush"))


@pytest.mark.parametrize(
    ("edit", "lanes", "frames"),
    [
        (_paint, BOTH, range(2, 11)),
        (lambda document: document.undo.push(PutKey(document, 8, TrimapCanvas(40, 30), "Make")), BOTH, range(6, 11)),
        (lambda document: document.undo.push(PutKey(document, 5, None, "Remove")), BOTH, range(2, 11)),
        (lambda document: document.undo.push(PutKey(document, 1, TrimapCanvas(40, 30), "Grow")), BOTH, range(1, 5)),
        (lambda document: document.undo.push(SetValue(document, "settings.window", 0)), (Lane.MATTE,), range(1, 11)),
        (lambda document: document.undo.push(SetValue(document, "settings.device", "cpu")), (), ()),
        (lambda document: document.undo.push(SetValue(document, "refinement.blur", 2.0)), (), ()),
    ],
    ids=["paint", "make", "remove", "replace", "setting", "device", "refinement"],
)
def test_an_edit_outgrows_what_rests_on_it_until_it_is_undone(document, edit, lanes, frames):
    basis = Basis.of(document)
    edit(document)
    outgrown = {(lane, frame) for lane in lanes for frame in frames}
    assert basis.outgrown(document) == outgrown
    document.undo.undo()
    assert basis.outgrown(document) == set()
    document.undo.redo()
    assert basis.outgrown(document) == outgrown


def test_another_edit_in_place_of_one_that_was_undone_is_another(document):
    _paint(document)
    basis = Basis.of(document)
    document.undo.undo()
    _paint(document)
    assert basis.outgrown(document)
