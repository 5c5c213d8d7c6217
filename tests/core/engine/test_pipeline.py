from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from stfam.core.engine.pipeline import WriteBehind, looking_ahead


@pytest.mark.parametrize("count", range(5))
@pytest.mark.parametrize("ahead", range(4))
def test_every_item_comes_with_those_after_it(count: int, ahead: int) -> None:
    seen = list(looking_ahead(range(count), ahead))
    assert seen == [(i, tuple(range(i + 1, min(count, i + 1 + ahead)))) for i in range(count)]


def test_no_more_is_taken_than_is_looked_at() -> None:
    source = iter(range(10))
    assert next(looking_ahead(source, 2)) == (0, (1, 2))
    assert next(source) == 3


def test_an_error_comes_after_the_items_before_it() -> None:
    def source() -> Iterator[int]:
        yield from range(3)
        raise OSError("gone")

    made = looking_ahead(source(), 2)
    assert [next(made) for _ in range(3)] == [(0, (1, 2)), (1, (2,)), (2, ())]
    with pytest.raises(OSError, match="gone"):
        next(made)


def test_the_first_piece_that_fails_is_named_and_nothing_is_done_after_it() -> None:
    go, done = threading.Event(), list[int]()

    def work(number: int) -> int:
        go.wait()
        if number > 1:
            raise OSError(f"piece {number}")
        done.append(number)
        return number

    collected: list[int] = []

    def hand_in(writer: WriteBehind[int]) -> None:
        try:
            for number in range(1, 5):
                if number == 3:
                    go.set()
                collected.extend(writer.submit(partial(work, number)))
        finally:
            collected.extend(writer.results())

    with pytest.raises(OSError, match="piece 2"), WriteBehind[int](2) as writer:
        hand_in(writer)
    assert collected == done == [1]
