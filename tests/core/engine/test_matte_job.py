"""Which records a window reads, which are done with, and where a tile's alpha goes."""

from __future__ import annotations

import numpy as np
import pytest

from stfam.core.engine.frame_record import FrameRecord
from stfam.core.engine.matte_job import LANE_AREA, Slot, is_held, is_small, known_alpha, out_of_reach, place, window_of
from stfam.core.engine.tile_plan import Tile
from stfam.core.network.box import Box


def slots(drawings: str) -> list[Slot]:
    """A slot for each letter, the same record for the same one; a point is a frame that could not be read."""
    records = {letter: FrameRecord(np.zeros((1, 1), np.uint8), None) for letter in drawings if letter != "."}
    return [Slot(frame, True, records.get(letter), ()) for frame, letter in enumerate(drawings)]


@pytest.mark.parametrize(
    ("drawings", "centre", "reach", "indices"),
    [
        ("abcde", 2, 2, (0, 1, 2, 3, 4)),
        ("abcde", 2, 1, (1, 1, 2, 3, 3)),
        ("abcde", 2, 0, (2, 2, 2, 2, 2)),
        ("abcde", 0, 2, (0, 0, 0, 1, 2)),
        ("abcde", 4, 2, (2, 3, 4, 4, 4)),
        ("a.cde", 2, 2, (0, 2, 2, 3, 4)),
        (".bcde", 2, 2, (1, 1, 2, 3, 4)),
        ("..cde", 2, 2, (2, 2, 2, 3, 4)),
        ("abc.e", 2, 2, (0, 1, 2, 2, 4)),
        ("abcd.", 2, 2, (0, 1, 2, 3, 3)),
        (".b", 1, 2, (1, 1, 1, 1, 1)),
    ],
    ids=str,
)
def test_a_window_is_clamped_and_an_unreadable_frame_stood_in_for_from_inwards(
    drawings: str, centre: int, reach: int, indices: tuple[int, ...]
) -> None:
    assert window_of(slots(drawings), centre, reach, 2) == indices


@pytest.mark.parametrize(("drawings", "centre", "held"), [("aab", 0, True), ("aab", 1, False), ("aba", 0, True)])
def test_a_frame_is_held_while_one_after_it_is_the_same(drawings: str, centre: int, held: bool) -> None:
    assert is_held(slots(drawings), centre) is held


@pytest.mark.parametrize(
    ("drawings", "centre", "reach", "done"),
    [
        ("abcdef", 3, 2, [0, 1]),
        ("abcdef", 2, 2, [0]),
        ("abcdef", 1, 2, []),
        ("abcdef", 3, 0, [0, 1, 2]),
        ("a.cdef", 3, 2, [0]),
        ("aabcde", 3, 2, [1]),
        ("abcdea", 3, 2, [1]),
    ],
    ids=str,
)
def test_a_record_is_done_with_when_no_later_window_reads_it(
    drawings: str, centre: int, reach: int, done: list[int]
) -> None:
    around = slots(drawings)
    assert list(out_of_reach(around, centre, reach)) == [around[index].record for index in done]


def test_a_frame_is_small_by_the_surroundings_of_all_its_tiles() -> None:
    half = Tile(Box(0, 0, 32, 32), Box(0, 0, 384, 768))
    assert 2 * half.box.height * half.box.width == LANE_AREA
    assert is_small(()) and is_small((half, half)) and not is_small((half, half, Tile(half.core, Box(0, 0, 1, 1))))


def test_a_tiles_alpha_lands_in_the_unknown_pixels_of_its_core_alone() -> None:
    unknown = np.zeros((4, 6), bool)
    unknown[2:, 3:5] = True
    alpha = np.full((4, 6), 0.25, np.float32)
    patch = np.linspace(-1, 2, 12, dtype=np.float32).reshape(3, 4)
    place(alpha, unknown, patch, Box(2, 2, 3, 4))  # its last row lies below the frame
    expected = np.full((4, 6), 0.25, np.float32)
    expected[2:, 3:5] = patch[:2, 1:3].clip(0, 1)
    assert np.array_equal(alpha, expected)


def test_a_trimap_says_one_in_the_foreground_alone() -> None:
    record = FrameRecord(np.array([[0, 128, 255]], np.uint8), None)
    assert np.array_equal(known_alpha(record), np.array([[0, 0, 1]], np.float32))
