"""What one thread asks of another, and how its answer comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def answer(asked: Future[T], act: Callable[[], T]) -> None:
    """Run `act` here; what it returns or raises belongs to the thread that asked."""
    try:
        asked.set_result(act())
    except BaseException as error:
        asked.set_exception(error)
