"""Every item comes with its neighbours, and no more is read ahead than they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stfam.core.engine.sliding_window import check_window, sliding_windows
from stfam.core.errors import UsageError


@pytest.mark.parametrize("reach", range(4))
@pytest.mark.parametrize("length", range(8))
def test_an_item_has_its_neighbours_as_far_as_they_are_there(length: int, reach: int) -> None:
    items = list(range(length))
    expected = [(items[max(0, i - reach) : i + reach + 1], min(i, reach)) for i in items]
    assert list(sliding_windows(items, reach)) == expected


@pytest.mark.parametrize("reach", [0, 1, 3])
def test_no_more_than_the_neighbours_are_read_ahead(reach: int) -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            read.append(item)
            yield item

    for place, _ in enumerate(sliding_windows(items(), reach)):
        assert len(read) == min(20, place + reach + 1)


def test_a_window_is_as_large_as_the_weights_at_most() -> None:
    check_window(2, 2)
    with pytest.raises(UsageError, match="Choose 2"):
        check_window(3, 2)
