"""Plans: every frame once in each step, spans between keys, halos awaited."""

from __future__ import annotations

import pytest

from stfam.plugin.queue.plan import Extent, Step, chunks, in_one_piece, plan, spans, with_halo

EVERY_STEP = (Step.PROPAGATE, Step.MATTE, Step.CHECK)


def test_chunks_are_even() -> None:
    assert [len(piece) for piece in chunks(range(20), 8)] == [7, 7, 6]


@pytest.mark.parametrize("count", [1, 2, 7, 20, 97])
@pytest.mark.parametrize("size", [1, 3, 8, 100])
def test_chunks_hold_every_frame_once(count: int, size: int) -> None:
    pieces = chunks(range(count), size)
    assert [frame for piece in pieces for frame in piece] == list(range(count))
    assert max(map(len, pieces)) <= size
    assert max(map(len, pieces)) - min(map(len, pieces)) <= 1


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([1], [(1, 10)]),
        ([10], [(1, 10)]),
        ([5], [(1, 5), (6, 10)]),
        ([1, 10], [(1, 10)]),
        ([1, 5, 10], [(1, 5), (6, 10)]),
    ],
    ids=str,
)
def test_spans_end_at_keyframes(keys: list[int], expected: list[tuple[int, int]]) -> None:
    found = spans(range(1, 11), keys)
    assert [(span[0], span[-1]) for span in found] == expected
    assert [frame for span in found for frame in span] == list(range(1, 11))


def test_a_halo_stops_at_the_plate() -> None:
    assert with_halo((3, 4), (1, 2, 3, 4, 5), 2) == (1, 2, 3, 4, 5)
    assert with_halo((10,), (8, 10, 12), 1) == (8, 10, 12)
    assert with_halo((100, 11), (8, 10, 11, 12, 13), 1) == (10, 11, 12, 100), "one that the plate lacks stands alone"


def test_mattes_wait_for_the_spans_that_their_halo_touches() -> None:
    frames = tuple(range(1, 26))
    tasks = plan(Extent(frames, frames, (1, 13, 25)), EVERY_STEP, window=2, chunk=5)
    kinds = [task.step for task in tasks]
    assert kinds == [Step.PROPAGATE] * 2 + [Step.MATTE] * 5 + [Step.CHECK]
    assert [task.depends for task in tasks[2:7]] == [(0,), (0, 1), (0, 1), (0, 1), (1,)]
    assert tasks[7].depends == (2, 3, 4, 5, 6)


def test_a_part_of_a_shot_gets_the_trimaps_of_its_halo() -> None:
    tasks = plan(Extent(tuple(range(1, 21)), (10, 11), (1,)), EVERY_STEP, window=2, chunk=5)
    assert tasks[0].frames == tuple(range(4, 18))
    assert tasks[1].frames == (10, 11)


def test_nothing_is_propagated_where_every_frame_is_painted() -> None:
    frames = (1, 2, 3)
    tasks = plan(Extent(frames, frames, frames), EVERY_STEP, window=1, chunk=5)
    assert [task.step for task in tasks] == [Step.MATTE, Step.CHECK]
    assert tasks[0].depends == ()


def test_steps_may_be_left_out() -> None:
    frames = (1, 2, 3)
    for step in EVERY_STEP:
        assert [task.step for task in plan(Extent(frames, frames, (1,)), (step,), 1, 5)] == [step]


def test_a_key_alone_is_a_span_and_no_frames_are_no_chunk() -> None:
    assert spans([5], [5]) == [(5,)] and spans([5, 6], [5, 6]) == [(5, 6)]
    assert chunks((), 5) == []


@pytest.mark.parametrize(
    ("patterns", "one"),
    [
        (["m.mov"], True),
        (["m.####.exr", None, "f.MOV"], True),
        (["m.####.exr", None], False),
        (["mov.####.exr"], False),
    ],
    ids=str,
)
def test_a_movie_among_the_files_is_made_in_one_piece(patterns: list[str | None], one: bool) -> None:
    assert in_one_piece(patterns) is one
