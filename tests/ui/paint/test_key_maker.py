"""Keyframes made of propagated trimaps."""

from __future__ import annotations

from stfam.ui.link.frame_store import Wanted
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


def _propagated(driver) -> bytes:
    store, wanted = driver.work.store, Wanted(driver.work.playhead.frame, "trimap")
    driver.wait(lambda: store.current(wanted) is not None)
    return TrimapCanvas.from_labels(store.current(wanted).image).snapshot()
