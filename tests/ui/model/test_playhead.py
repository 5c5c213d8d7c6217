"""Which frame comes next: at the ends of a plate, at keys, and by the clock."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from stfam.ui.model.playhead import Playhead


@dataclass
class Clock:
    """Tells the milliseconds that it is told."""

    now: int = 0

    def elapsed(self) -> int:
        return self.now


@pytest.fixture
def head(qapp) -> Playhead:
    made = Playhead()
    made.load((1001, 1002, 1005), 24.0)
    return made


def test_the_ends_have_one_neighbour(head: Playhead) -> None:
    found = []
    for frame in (1001, 1002, 1005):
        head.go(frame)
        found.append(head.neighbours)
    assert found == [(None, 1002), (1001, 1005), (1002, None)]
    assert Playhead().neighbours == (None, None)


def test_another_plate_begins_at_its_first_frame(head: Playhead) -> None:
    moved: list[int] = []
    head.moved.connect(moved.append)
    head.load((7, 8), 0)
    head.load((), 24.0)
    assert moved == [7, 0]
    for go in (lambda: head.go(5), lambda: head.step(1), lambda: head.go_to_next([]), lambda: head.go_to_previous([])):
        go()
    assert moved == [7, 0]


def test_between_two_frames_the_nearer_is_taken_and_the_later_of_two_as_near(qapp) -> None:
    head = Playhead()
    head.load((10, 14, 20), 24.0)
    found = []
    for frame in (11, 12, 16, 17, 18, 99, -5):
        head.go(frame)
        found.append(head.frame)
    assert found == [10, 14, 14, 20, 20, 20, 10]


def test_there_is_no_key_beyond_the_last_nor_before_the_first(head: Playhead) -> None:
    head.go(1002)
    head.go_to_next([1001, 1002])
    head.go_to_previous([1002, 1005])
    assert head.frame == 1002


def test_frames_are_dropped_where_drawing_is_late_and_the_loop_begins_anew(qapp) -> None:
    head, clock = Playhead(), Clock()
    head.load(tuple(range(1, 11)), 10.0)
    head._clock = clock  # type: ignore[assignment]
    head.set_loop((3, 6))
    head.go(3)
    found = []
    for now in (100, 350, 360, 500, 620):
        clock.now = now
        head._tick()
        found.append(head.frame)
    assert found == [4, 6, 3, 4, 5]
    head.go(9)
    head._tick()
    assert head.frame == 3, "from outside, the loop is entered at its first frame"


def test_one_frame_does_not_play(qapp) -> None:
    head, told = Playhead(), []
    head.playing_changed.connect(told.append)
    head.load((5,), 24.0)
    head.toggle()
    assert not head.playing and told == [False]
    head.load((5, 6), 24.0)
    head.toggle()
    assert head.playing
    head.toggle()
    assert not head.playing and told == [False, True, False]
