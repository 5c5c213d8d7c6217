"""What becomes of a frame's state when another is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stfam.ui.model.frame_states import FrameStates, Lane, State


@pytest.fixture
def states(qapp) -> FrameStates:
    return FrameStates()


def test_only_what_was_fresh_becomes_stale(states: FrameStates) -> None:
    told = {1: State.FRESH, 2: State.PROXY, 3: State.FAILED, 4: State.STALE}
    states.put_all(Lane.MATTE, told)
    states.mark_stale((Lane.MATTE, frame) for frame in range(1, 6))
    found = [states.state(Lane.MATTE, frame) for frame in range(1, 6)]
    assert found == [State.STALE, State.STALE, State.FAILED, State.STALE, State.MISSING]


def test_a_failed_frame_is_another_only_when_it_is_fresh(states: FrameStates) -> None:
    for frame in (1, 2, 3):
        states.put(Lane.MATTE, frame, State.FAILED, "broken")
    states.put_all(Lane.MATTE, {1: State.STALE, 2: State.FRESH, 4: State.STALE})
    assert states.frames(Lane.MATTE, State.FAILED) == [1, 3]
    assert (states.state(Lane.MATTE, 2), states.state(Lane.MATTE, 4)) == (State.FRESH, State.STALE)
    assert (states.reason(1), states.reason(2)) == ("broken", "")


def test_a_reason_lasts_as_long_as_something_of_the_frame_failed(states: FrameStates) -> None:
    states.put(Lane.TRIMAP, 1, State.FAILED, "broken")
    states.put(Lane.MATTE, 1, State.FRESH, "no reason")
    assert states.reason(1) == "broken"
    states.put(Lane.TRIMAP, 1, State.FRESH, "no reason")
    assert states.reason(1) == ""


def test_a_plate_can_be_read_of_which_something_was_made_but_not_where_that_was_painted(states: FrameStates) -> None:
    for frame in (1, 2, 3, 4):
        states.put(Lane.PLATE, frame, State.FAILED, "no such file")
    states.put(Lane.TRIMAP, 1, State.FRESH)
    states.put_all(Lane.MATTE, {2: State.FRESH, 3: State.STALE})
    states.put_all(Lane.TRIMAP, {1: State.FRESH, 4: State.FRESH}, painted=[4])
    assert states.frames(Lane.PLATE, State.FAILED) == [3, 4] and states.frames(Lane.TRIMAP, State.FRESH) == [1, 4]
    assert [states.reason(frame) for frame in (1, 2, 3, 4)] == ["", "", "no such file", "no such file"]


def test_nothing_is_said_of_a_plate_that_did_not_fail(states: FrameStates) -> None:
    states.put(Lane.MATTE, 1, State.FRESH)
    assert states.state(Lane.PLATE, 1) is State.MISSING


def test_frames_of_a_state_come_in_their_order(states: FrameStates) -> None:
    for frame in (9, 2, 5):
        states.put(Lane.MATTE, frame, State.FRESH)
    assert states.frames(Lane.MATTE, State.FRESH) == [2, 5, 9]


@pytest.mark.parametrize(
    "change",
    [
        lambda states: states.put(Lane.PLATE, 1, State.FRESH),
        lambda states: states.put_all(Lane.MATTE, {1: State.FRESH}),
        lambda states: states.mark_stale([(Lane.MATTE, 1)]),
        lambda states: states.clear(),
    ],
    ids=["put", "put all", "mark stale", "clear"],
)
def test_each_change_is_told_once(states: FrameStates, change: Callable[[FrameStates], None]) -> None:
    told: list[int] = []
    states.changed.connect(lambda: told.append(1))
    change(states)
    assert told == [1]


def test_cleared_states_are_of_no_frame(states: FrameStates) -> None:
    states.put(Lane.MATTE, 1, State.FAILED, "broken")
    states.clear()
    assert (states.state(Lane.MATTE, 1), states.reason(1)) == (State.MISSING, "")
