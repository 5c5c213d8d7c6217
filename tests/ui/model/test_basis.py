"""Which results an edit outgrows, and that an edit that was undone outgrows none."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF

from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.render_plan import Clip
from stfam.core.settings_hash import MatteHashes, TrimapHashes
from stfam.core.shot import Output, Refinement, Shot
from stfam.ui.model.basis import Basis, resting_on
from stfam.ui.model.document import Document
from stfam.ui.model.edits import Paint, PutKey, SetValue
from stfam.ui.model.frame_states import Lane
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.paint.brush import Brush
from stfam.ui.paint.stroke import paint_segment


@pytest.fixture
def document(qapp) -> Document:
    """Thirty frames with keys on the first, the fifth and the twentieth."""
    made, plate = Document(), PlateInfo("/p/plate.####.exr", tuple(range(1, 31)), 40, 30)
    made.load(plate, Shot(plate.spec, Output("")), {frame: TrimapCanvas(40, 30) for frame in (1, 5, 20)}, None)
    return made


def _paint(document: Document) -> None:
    canvas = document.keys[5]
    before = canvas.snapshot()
    rect = paint_segment(canvas, Brush(255, 8), QPointF(20, 15), QPointF(24, 15))
    document.undo.push(Paint(document, 5, rect, before, "Brush"))


@pytest.mark.parametrize(
    ("edit", "trimaps", "mattes"),
    [
        (_paint, (2, 20), (1, 20)),
        (lambda document: document.undo.push(PutKey(document, 8, TrimapCanvas(40, 30), "Make")), (6, 20), (1, 20)),
        (lambda document: document.undo.push(PutKey(document, 12, TrimapCanvas(40, 30), "Make")), (6, 20), (6, 20)),
        (lambda document: document.undo.push(PutKey(document, 5, None, "Remove")), (2, 20), (1, 20)),
        (lambda document: document.undo.push(PutKey(document, 20, TrimapCanvas(40, 30), "Grow")), (6, 31), (6, 31)),
        (lambda document: document.undo.push(SetValue(document, "settings.window", 0)), (0, 0), (1, 31)),
        (lambda document: document.undo.push(SetValue(document, "settings.device", "cpu")), (0, 0), (0, 0)),
        (lambda document: document.undo.push(SetValue(document, "refinement.blur", 2.0)), (0, 0), (0, 0)),
    ],
    ids=["paint", "make near", "make far", "remove", "replace", "setting", "device", "refinement"],
)
def test_an_edit_outgrows_what_may_rest_on_it_until_it_is_undone(document, edit, trimaps, mattes):
    basis = Basis.of(document)
    edit(document)
    outgrown = {(Lane.TRIMAP, f) for f in range(*trimaps)} | {(Lane.MATTE, f) for f in range(*mattes)}
    assert basis.outgrown(document) == outgrown
    document.undo.undo()
    assert basis.outgrown(document) == set()
    document.undo.redo()
    assert basis.outgrown(document) == outgrown


@pytest.mark.parametrize(
    ("keys", "edited", "trimaps", "mattes"),
    [
        ((1, 15, 18), 15, (2, 18), (2, 24)),
        ((10, 13, 28), 13, (11, 28), (5, 28)),
        ((10, 16), 16, (11, 31), (11, 31)),
        ((11, 16), 16, (12, 31), (6, 31)),
        ((16, 22), 16, (1, 22), (1, 22)),
        ((16, 21), 16, (1, 21), (1, 27)),
    ],
    ids=str,
)
def test_mattes_beyond_a_neighbour_rest_on_a_key_where_that_is_near(document, keys, edited, trimaps, mattes):
    document.keys = {frame: TrimapCanvas(40, 30) for frame in keys}
    wanted = {(Lane.TRIMAP, f) for f in range(*trimaps)} | {(Lane.MATTE, f) for f in range(*mattes)}
    assert resting_on(document, edited) == wanted


def test_another_edit_in_place_of_one_that_was_undone_is_another(document):
    _paint(document)
    basis = Basis.of(document)
    document.undo.undo()
    _paint(document)
    assert basis.outgrown(document)


@pytest.mark.parametrize("keys", [(1, 5, 20), (1, 10, 12), (4, 5, 6), (1, 15), (9,)])
@pytest.mark.parametrize("window", [0, 2, 3])
@pytest.mark.parametrize("edited", [5, 11])
def test_the_hashes_of_no_other_result_change(document, keys, window, edited):
    document.keys = {frame: TrimapCanvas(40, 30) for frame in keys}
    document.assign("settings.window", window)
    states = [_hashes(document)]
    for canvas in (TrimapCanvas(40, 30), TrimapCanvas(40, 30), None):  # made or painted on, painted on, removed
        document.put_key(edited, canvas)
        states.append(_hashes(document))
        changed = {result for result in states[-1] if states[-1][result] != states[-2][result]}
        assert changed <= resting_on(document, edited)


def _hashes(document: Document) -> dict[tuple[Lane, int], str]:
    """As the worker reckons them, with the versions of the keys in place of their files."""
    frames, keys = document.plate.frames, {f: Path(str(f)) for f in sorted(document.keys)}
    trimaps = TrimapHashes(keys, keyframe_spans(frames, list(keys)), str, "", None)
    trimaps._known.update({frame: str(id(document.keys[frame])) for frame in keys})
    reach = document.value("settings.window")
    mattes = MatteHashes(trimaps, Clip(frames).window, "", reach, 1.0, Refinement(), Output(""))
    return {**{(Lane.TRIMAP, f): trimaps[f] for f in frames}, **{(Lane.MATTE, f): mattes.matte(f) for f in frames}}
