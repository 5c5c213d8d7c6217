"""Keyframes made of propagated trimaps."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from stfam.core.cache import plate_cache
from stfam.ui.commands import file_commands
from stfam.ui.leave_dialog import Leaving
from stfam.ui.link.frame_store import Wanted
from stfam.ui.model.edits import PutKey
from stfam.ui.model.frame_states import Lane, State
from stfam.ui.model.trimap_canvas import TrimapCanvas


def test_a_key_is_made_of_the_newest_trimap(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    work = driver.work
    driver.paint_disc(28.8)
    driver.job("propagate_both")
    work.playhead.go(1002)
    old = _propagated(driver)
    work.playhead.go(1001)
    driver.brush(255, 60)
    driver.stroke((28.8, 32))
    driver.brush(128, 90)
    driver.stroke((80, 32))
    driver.job("propagate_both")
    work.playhead.go(1002)
    driver.act("make_key")
    driver.wait(lambda: 1002 in work.document.keys)
    made = work.document.keys[1002].snapshot()
    assert made != old


def test_a_key_of_a_shot_that_was_just_opened_has_its_propagated_trimap(drive, make_shot_folder, tmp_path):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    work = driver.work
    driver.paint_disc(28.8)
    driver.job("propagate_both")
    shot = tmp_path / "shot.stfam"
    assert driver.panel.files.save_to(shot)
    with driver.qtbot.waitSignal(work.opener.opened, timeout=240_000):
        driver.panel.open_path(str(shot))
    work.playhead.go(1002)
    driver.act("make_key")
    driver.wait(lambda: 1002 in work.document.keys)
    assert {128, 255} < set(work.document.keys[1002].snapshot()) and work.document.undo.count() == 1


def test_a_key_of_an_older_plates_trimap_has_the_size_of_the_plate(painted):
    work = painted.work
    solved = plate_cache(work.document.plate.spec) / "solved"
    solved.mkdir()
    (solved / "trimap.1002.png").write_bytes(TrimapCanvas(48, 32, 255).encoder()())
    work.states.put(Lane.TRIMAP, 1002, State.STALE)
    work.playhead.go(1002)
    painted.act("make_key")
    painted.wait(lambda: 1002 in work.document.keys)
    key = work.document.keys[1002]
    assert (key.width, key.height) == (96, 64) and key.label(95, 63) == 255


def test_keys_that_the_plate_has_no_frame_of_can_be_removed(painted, tmp_path):
    work, shot = painted.work, tmp_path / "s.stfam"
    work.document.undo.push(PutKey(work.document, 1002, TrimapCanvas(96, 64, 128), "Make keyframe"))
    assert painted.panel.files.save_to(shot)
    Path(work.document.plate.spec.replace("####", "1002")).unlink()
    painted.open(shot)
    painted.act("matte_range")
    assert "Frame 1002 is a keyframe, and the plate has no such frame." in painted.said and not work.jobs.running
    assert work.messages.current.actions == ("remove_strays",)
    painted.act("remove_strays")
    assert list(work.document.keys) == [1001] and not painted.said
    painted.act("undo")
    assert list(work.document.keys) == [1001, 1002]


def test_a_trimap_that_does_not_come_makes_no_key_and_says_so(drive, make_shot_folder):
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    driver.paint_disc(28.8)
    driver.wait(lambda: driver.work.states.state(Lane.TRIMAP, 1001) is not State.MISSING)
    for _ in range(2):
        driver.work.messages.clear()
        driver.work.states.put(Lane.TRIMAP, 1002, State.FRESH)
        driver.work.keys.make(1002)
        driver.wait(lambda: "Frame 1002 was not made a keyframe" in driver.said)
    assert list(driver.work.document.keys) == [1001]


@pytest.fixture
def removed(drive, make_shot_folder):
    """A shot whose only key was removed just now, which the worker knows nothing of."""
    driver = drive()
    driver.open(make_shot_folder(count=2).plate)
    driver.paint_disc(28.8)
    driver.wait(lambda: driver.work.states.state(Lane.TRIMAP, 1001) is State.FRESH)
    driver.act("remove_key")
    return driver


@pytest.mark.parametrize("worker", ["the same", "a new one"])
def test_a_key_in_the_place_of_one_that_was_just_removed_is_blank(removed, worker):
    if worker == "a new one":
        with removed.qtbot.waitSignal(removed.work.opener.opened, timeout=240_000):
            removed.act("restart")
    removed.act("make_key")
    removed.wait(lambda: 1001 in removed.work.document.keys)
    assert not any(removed.work.document.keys[1001].snapshot()) and not removed.said


def test_a_dab_that_is_over_before_its_key_is_there_is_painted(removed):
    removed.brush(255, 10)
    removed.stroke((40, 30), (60, 30))
    removed.wait(lambda: 1001 in removed.work.document.keys)
    canvas, undo = removed.work.document.keys[1001], removed.work.document.undo
    assert canvas.label(40, 30) == canvas.label(60, 30) == 255 and canvas.label(28, 32) == 0
    undo.undo()
    assert not any(canvas.snapshot()) and not removed.said
    removed.stroke((20, 20))
    assert canvas.label(20, 20) == 255


def test_a_dab_that_waits_for_its_key_is_not_left_unasked(removed, monkeypatch):
    asked = []
    monkeypatch.setattr(file_commands, "ask_to_leave", lambda *_, unsaved, busy: asked.append(unsaved) or Leaving.STAY)
    work = removed.work
    work.document.undo.setClean()
    removed.stroke((40, 30))
    assert work.document.undo.isClean() and not work.document.keys
    assert not removed.panel.close() and asked == [True]
    removed.wait(lambda: 1001 in work.document.keys)
    assert work.document.keys[1001].label(40, 30) == 255 and not work.hand.waits


def test_dabs_on_a_frame_whose_key_is_not_there_yet_are_all_painted_as_they_were_made(removed):
    """Each with the brush of then, and whatever frame is shown when the key comes."""
    work = removed.work
    removed.brush(255, 6)
    removed.stroke((40, 30))
    removed.brush(128, 6)
    removed.stroke((60, 30))
    removed.stroke((80, 30), button=Qt.MouseButton.RightButton)
    removed.brush(255, 30)
    assert not work.document.keys
    work.playhead.go(1002)
    removed.stroke((20, 20))
    removed.wait(lambda: len(work.document.keys) == 2)
    canvas = work.document.keys[1001]
    assert [canvas.label(x, 30) for x in (40, 48, 60, 80)] == [255, 0, 128, 0]
    assert work.document.keys[1002].label(30, 20) == 255 and canvas.label(20, 20) == 0
    removed.act("grow")
    removed.wait(lambda: work.document.undo.undoText().startswith("Grow"))


def test_a_dab_whose_key_does_not_come_holds_up_no_other(removed):
    removed.work.states.put(Lane.TRIMAP, 1002, State.FRESH)
    removed.work.playhead.go(1002)
    removed.stroke((20, 20))
    removed.wait(lambda: "Frame 1002 was not made a keyframe" in removed.said)
    assert not removed.work.document.keys
    removed.work.states.put(Lane.TRIMAP, 1002, State.MISSING)
    removed.stroke((20, 20))
    assert list(removed.work.document.keys) == [1002]


def test_a_key_that_is_waited_for_is_not_made_in_another_shot(removed, make_shot_folder):
    removed.act("make_key")
    with removed.qtbot.waitSignal(removed.work.opener.opened, timeout=240_000):
        removed.work.opener.open_plate(make_shot_folder(count=2, name="other").plate)
    with removed.qtbot.waitSignal(removed.work.sync.told, timeout=240_000):
        pass
    assert not removed.work.document.keys


def _propagated(driver) -> bytes:
    store, wanted = driver.work.store, Wanted(driver.work.playhead.frame, "trimap")
    driver.wait(lambda: store.current(wanted) is not None)
    return TrimapCanvas.from_labels(store.current(wanted).image).snapshot()
