"""A sequence seen through a window that slides over it, one item at a time and no more held than needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeVar

from stfam.core.errors import UsageError

Item = TypeVar("Item")


def check_window(reach: int, trained: int) -> None:
    """Check that a network reads `reach` neighbours on each side.

    Raises:
        UsageError: it was trained for fewer.
    """
    if reach > trained:
        text = f"These weights read {trained} frames on each side, so that a window of {reach} is too large."
        raise UsageError(f"{text} Choose {trained}.", window=reach)


def sliding_windows(items: Iterable[Item], reach: int) -> Iterator[tuple[list[Item], int]]:
    """Every item with its neighbours, as (neighbourhood, index of the item in it).

    Args:
        items: any iterable; read `reach` items ahead and no further.
        reach: neighbours on each side; fewer at both ends of the sequence.
    """
    held: deque[Item] = deque()
    centre = 0
    for item in items:
        held.append(item)
        if len(held) - centre > reach:
            yield list(held), centre
            centre = _advance(held, centre, reach)
    while centre < len(held):
        yield list(held), centre
        centre = _advance(held, centre, reach)


def _advance(held: deque[Item], centre: int, reach: int) -> int:
    if centre < reach:
        return centre + 1
    held.popleft()
    return centre
