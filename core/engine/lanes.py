"""Frames side by side: two threads that compute, each with half of the cores.

The layers of a small frame are too short to be shared out well: threads wait for each other between them. Two frames
on half of the cores each take less time than one after the other on all. Which work goes to a lane depends on nothing
but the frame, because the last bits of a result depend on the number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Result = TypeVar("Result")

COUNT = 2


class Lanes:
    """Does pieces of work in the order in which they were handed in, `COUNT` at a time."""

    def __init__(self) -> None:
        every = torch.get_num_threads()
        together = threading.Barrier(COUNT + 1)
        self._pool = ThreadPoolExecutor(COUNT, "stfam-lane", _take_threads, (every // COUNT,))
        for _ in range(COUNT):
            self._pool.submit(together.wait)
        together.wait()
        torch.set_num_threads(every)  # a lane's number is its own, but what new threads start with is everyone's

    @staticmethod
    def of(device: torch.device) -> Lanes | None:
        """Lanes where they pay: on a CPU with a thread for each; else None."""
        return Lanes() if device.type == "cpu" and torch.get_num_threads() >= COUNT else None

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Hand in a piece of work; it may wait for what was handed in before it."""
        return self._pool.submit(work)

    def close(self) -> None:
        """Drop what has not begun and wait for what has."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _take_threads(count: int) -> None:
    """Set how many threads torch takes for what this thread computes."""
    torch.set_num_threads(count)
    torch.get_num_threads()  # a thread's first question takes over everyone's number, which is its own right now
