"""Which keyframes decide a frame, reckoned by hand for short clips."""

from __future__ import annotations

import pytest

from stfam.core.engine.keyframe_spans import (
    FADE,
    KEY_NEIGHBOURHOOD,
    Lending,
    Span,
    backward_frames,
    forward_frames,
    halo,
    keyframe_spans,
    lending,
)


def test_spans_lie_between_the_keyframes_and_beside_them() -> None:
    spans = keyframe_spans([1, 2, 5, 6, 9, 12, 20, 21], [5, 6, 12])
    assert spans == (Span((1, 2), None, 5), Span((9,), 6, 12), Span((20, 21), 12, None))
    assert keyframe_spans([1, 2], []) == (Span((1, 2), None, None),)
    assert keyframe_spans([1, 2], [1, 2]) == ()


@pytest.mark.parametrize(
    ("length", "forward_to", "backward_to", "last_of_before", "first_of_after"),
    [(1, 1, 2, 1, 2), (2, 1, 2, 1, 2), (5, 3, 4, 3, 4), (7, 4, 5, 3, 5), (8, 5, 4, 3, 6), (9, 6, 5, 3, 7)]
    + [(14, 11, 4, 3, 12), (15, 12, 5, 3, 13), (16, 12, 5, 3, 14), (20, 14, 7, 3, 18), (21, 15, 8, 3, 19)],
    ids=str,
)
def test_both_passes_meet_in_the_middle_and_leave_each_key_its_neighbours(
    length: int, forward_to: int, backward_to: int, last_of_before: int, first_of_after: int
) -> None:
    (span,) = keyframe_spans(range(length + 2), [0, length + 1])
    assert span.forward == tuple(range(1, forward_to + 1))
    assert span.backward == tuple(range(length, backward_to - 1, -1))
    assert span.faded == tuple(range(backward_to, forward_to + 1))
    assert (span.last_of_before, span.first_of_after) == (last_of_before, first_of_after)


def test_a_fade_falls_evenly_from_one_pass_to_the_other() -> None:
    (span,) = keyframe_spans(range(16), [0, 15])
    weights = [span.weight(frame) for frame in span.faded]
    assert weights == pytest.approx([8 / 9, 7 / 9, 6 / 9, 5 / 9, 4 / 9, 3 / 9, 2 / 9, 1 / 9])


@pytest.mark.parametrize("length", [1, 3, 10])
def test_beside_the_outermost_keyframes_one_pass_goes_all_the_way(length: int) -> None:
    frames = tuple(range(1, length + 1))
    (behind,), (ahead,) = keyframe_spans((0, *frames), [0]), keyframe_spans((*frames, length + 1), [length + 1])
    assert (behind.forward, behind.backward, behind.faded) == (frames, (), ())
    assert (ahead.forward, ahead.backward, ahead.faded) == ((), frames[::-1], ())
    assert behind.last_of_before == min(3, length) and ahead.first_of_after == max(1, length - 2)


def test_a_pass_goes_as_far_as_what_is_wanted() -> None:
    (span,) = keyframe_spans(range(22), [0, 21])
    assert forward_frames(span, {2, 5, 19}) == (1, 2, 3, 4, 5)
    assert backward_frames(span, {2, 19}) == (20, 19)
    assert forward_frames(span, {20}) == backward_frames(span, {1}) == ()


@pytest.mark.parametrize(
    ("frame", "first", "last"),
    [(-3, None, 6), (0, None, 6), (1, 0, 6), (5, 0, 6), (6, 0, 12), (7, 7, 12), (9, 7, 12), (11, 7, 12), (12, 7, 18)]
    + [(13, 13, 18), (17, 13, 18), (18, 13, None), (27, 13, None), (28, 27, None), (30, 27, None)],
    ids=str,
)
def test_a_frame_borrows_up_to_what_the_keys_beside_its_window_decide_alone(
    frame: int, first: int | None, last: int | None
) -> None:
    spans = keyframe_spans(range(-3, 31), [3, 9, 15, 30])
    assert lending(frame, spans, 2) == Lending(first, last)


def test_keys_in_the_middle_of_a_clip_limit_both_sides() -> None:
    spans = keyframe_spans(range(1, 9), [3])
    assert [lending(frame, spans, 2) for frame in (1, 8)] == [Lending(1, 6), Lending(1, None)]
    assert lending(11, keyframe_spans(range(1, 31), [3, 9, 15, 30]), 3) == Lending(7, 12)
    assert lending(12, keyframe_spans(range(1, 31), [3, 9, 15, 30]), 3) == Lending(13, 12), "too short a span"


def test_nothing_limits_what_is_not_borrowed_or_not_propagated() -> None:
    assert lending(2, keyframe_spans(range(1, 31), [3, 9]), 0) == Lending() == lending(2, (), 2)


def test_of_many_keys_few_are_looked_at() -> None:
    class Counted(tuple[Span, ...]):
        looks = 0

        def __getitem__(self, index):  # type: ignore[no-untyped-def,override]
            Counted.looks += 1
            return super().__getitem__(index)

        def __iter__(self):  # type: ignore[no-untyped-def]
            raise AssertionError("one after the other")

    spans = Counted(keyframe_spans(range(20_001), range(0, 20_001, 20)))
    assert lending(10_010, spans, 2) == Lending(9_997, 10_023)
    assert Counted.looks < 40


def test_a_lending_holds_both_its_ends() -> None:
    assert [frame for frame in range(6) if Lending(2, 4).allows(frame)] == [2, 3, 4]
    assert Lending(0, 0).allows(0) and not Lending(0, 0).allows(1) and not Lending(0).allows(-1)
    assert Lending(None, 0).allows(-5) and not Lending(None, 0).allows(1) and Lending().allows(7)


def test_a_matte_depends_on_its_window_and_what_that_borrows_from() -> None:
    assert [halo(reach) for reach in range(3)] == [0, 3, 6]


def test_spans_meet_in_the_middle_and_fade() -> None:
    (span,) = keyframe_spans(range(1, 42), [1, 41])
    assert (span.before, span.after) == (1, 41)
    assert span.forward[0] == 2 and span.backward[0] == 40
    assert set(span.forward) | set(span.backward) == set(range(2, 41))
    assert len(span.faded) == 2 * FADE
    assert [span.weight(f) for f in span.faded] == sorted((span.weight(f) for f in span.faded), reverse=True)


@pytest.mark.parametrize("length", range(1, 12))
def test_short_spans_leave_the_keyframes_neighbours_to_them(length: int) -> None:
    (span,) = keyframe_spans(range(length + 2), [0, length + 1])
    assert sorted({*span.forward, *span.backward}) == list(range(1, length + 1))
    for frame in span.faded:
        assert min(frame, length + 1 - frame) > min(KEY_NEIGHBOURHOOD, length // 2)
