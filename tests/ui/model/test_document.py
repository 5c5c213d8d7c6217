"""What a document accepts, and what it keeps of a shot's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stfam.core.errors import UsageError
from stfam.core.shot import Output, Shot
from stfam.ui.model.document import Document
from stfam.ui.model.edits import SetRange, SetValue, set_range
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.trimap_canvas import TrimapCanvas

PLATE = PlateInfo("/p/plates/plate.####.exr", tuple(range(1001, 1009)), 40, 30)


def opened(frames: str | None = None, path: Path | None = None) -> Document:
    document = Document()
    document.load(PLATE, Shot(PLATE.spec, Output(""), frames=frames), {}, path)
    return document


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("settings.tile", "8", "at least 16 pixels"),
        ("settings.window", -1, "0 or more"),
        ("refinement.black", 1.0, "below the white clip"),
        ("refinement.white", 0.0, "below the white clip"),
    ],
)
def test_a_value_that_no_shot_can_have_is_refused_before_it_is_a_step(qapp, name, value, said):
    document = opened()
    before = document.value(name)
    with pytest.raises(UsageError, match=said):
        document.undo.push(SetValue(document, name, value))
    assert document.value(name) == before and document.undo.isClean()
    assert document.shot({})


def test_the_clips_may_be_anything_in_their_order(qapp):
    document = opened()
    document.undo.push(SetValue(document, "refinement.white", 0.5))
    document.undo.push(SetValue(document, "refinement.black", 0.4))
    with pytest.raises(UsageError, match="below the white clip"):
        document.undo.push(SetValue(document, "refinement.black", 0.5))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [(None, "/p/plates/out/m.####.exr"), (Path("/s/shots/a.stfam"), "/s/shots/out/m.####.exr")],
    ids=["plate", "shot"],
)
def test_a_relative_output_is_taken_from_the_folder_of_the_shot_or_the_plate(qapp, path, wanted):
    document = opened(path=path)
    for name in ("output.matte", "output.foreground", "output.trimaps"):
        document.undo.push(SetValue(document, name, "out/m.####.exr"))
        assert document.value(name) == wanted
    document.undo.push(SetValue(document, "output.foreground", None))
    document.undo.push(SetValue(document, "output.matte", "/else/../where/m.mov"))
    assert document.value("output.foreground") is None and document.value("output.matte") == "/where/m.mov"


@pytest.mark.parametrize(
    ("frames", "in_out", "used"),
    [
        ("1001-1008x2", (1001, 1007), (1001, 1003, 1005, 1007)),
        ("1003,1006-1020", (1003, 1008), (1003, 1006, 1007, 1008)),
        ("2000-2010", (2000, 2010), ()),
    ],
    ids=["step", "beyond", "elsewhere"],
)
def test_the_frames_of_a_file_stay_until_in_or_out_is_changed(qapp, frames, in_out, used):
    document = opened(frames)
    assert document.in_out == in_out and document.range_frames == used
    assert document.shot({}).frames == frames
    document.undo.push(SetRange(document, (1002, 1004)))
    assert document.range_frames == (1002, 1003, 1004) and document.shot({}).frames == "1002-1004"
    document.undo.undo()
    assert document.range_frames == used and document.shot({}).frames == frames


@pytest.mark.parametrize(
    ("frames", "first", "last", "in_out"),
    [
        ("1001-1008", 1006, 1003, (1003, 1006)),
        ("1001-1007", 900, 1004, (1001, 1004)),
        ("2000-2010", 2005, 2010, (1008, 1008)),
    ],
    ids=["swapped", "before", "beyond"],
)
def test_in_and_out_are_set_within_the_plate(qapp, frames, first, last, in_out):
    document = opened(frames)
    set_range(document, first, last)
    assert document.in_out == in_out and document.undo.count() == 1
    set_range(document, *in_out)
    assert document.undo.count() == 1
    document.read_only = True
    set_range(document, 1002, 1002)
    assert document.in_out == in_out


def test_a_range_without_a_frame_of_the_plate_is_a_problem(qapp):
    assert opened("2000-2010").range_problem.startswith("The range 2000-2010 names no frame of plate.####.exr")
    assert "1001-1008" in opened("2000-2010").range_problem
    assert opened("1001-1002").range_problem == opened().range_problem == ""


def test_the_file_of_a_key_is_the_one_that_is_painted_now(qapp):
    document = opened()
    document.put_key(1001, TrimapCanvas(4, 1))
    files = [document.key_file(1001)]
    assert document.key_file(1001) is files[0]
    changes = [
        lambda: document.painted.emit(1001, document.keys[1001].rect),
        lambda: document.key_edited.emit(1001),
        lambda: document.put_key(1001, TrimapCanvas(4, 1, 255)),
        lambda: document.load(PLATE, Shot(PLATE.spec, Output("")), {1001: TrimapCanvas(4, 1, 128)}, None),
    ]
    for change in changes:
        document.keys[1001].pixels[0] ^= 255
        change()
        files.append(document.key_file(1001))
    made = [file() for file in files]
    assert all(one != next_one for one, next_one in zip(made, made[1:]))


def test_another_shot_has_nothing_of_the_one_before(qapp):
    document = opened("1001-1002", Path("/s/a.stfam"))
    document.undo.push(SetValue(document, "settings.window", 1))
    document.put_key(1001, TrimapCanvas(4, 1))
    told: list[str] = []
    document.opened.connect(lambda: told.append("opened"))
    document.path_changed.connect(lambda: told.append("path"))
    document.load(PLATE, Shot(PLATE.spec, Output("m.####.exr")), {}, None)
    assert told == ["opened", "path"] and not document.keys and document.path is None
    assert not document.undo.canUndo() and document.undo.isClean()
    assert (document.value("settings.window"), document.value("output.matte")) == (2, "m.####.exr")
    assert (document.in_out, document.named_range) == ((1001, 1008), "")


def test_a_shot_that_was_saved_is_this_panels_and_unchanged(qapp):
    document = opened()
    document.read_only, document.restored = True, True
    document.undo.push(SetValue(document, "settings.window", 1))
    told: list[Path | None] = []
    document.path_changed.connect(lambda: told.append(document.path))
    document.note_saved(Path("/s/a.stfam"))
    assert told == [Path("/s/a.stfam")] and document.undo.isClean()
    assert not document.read_only and not document.restored


def test_a_document_is_edited_where_a_plate_is_open_that_nobody_else_has(qapp):
    assert not Document().editable and Document().range_frames == () and Document().range_problem == ""
    document = opened()
    assert document.editable
    document.read_only = True
    assert not document.editable


def test_a_range_beyond_the_plate_is_said_as_it_is_set(qapp):
    document = opened()
    document.assign_range((1, 9))
    assert document.range_problem.startswith("The range 1-9 names no frame")


def test_a_shot_that_is_opened_after_restored_work_is_unchanged(qapp):
    document = opened("1001-1008")
    document.undo.resetClean()
    document.load(PLATE, Shot(PLATE.spec, Output("")), {}, None)
    assert document.undo.isClean()
