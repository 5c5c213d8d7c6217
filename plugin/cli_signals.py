"""Ctrl-C and SIGTERM: the first asks the job to stop after what it is doing; a Ctrl-C after that stops at once.

A SIGTERM after the first signal asks for nothing new: farm agents repeat it, and an exception would cut the tidying up.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

CANCELLED = 130
TERMINATED = 143

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """As a context manager, turns the signals into a question the job can ask.

    Without a signal it puts the handlers back. After one the command is ending, and signals are ignored: they change
    neither what it says nor its exit status.
    """

    def __init__(self) -> None:
        self.exit_status: int | None = None
        """That of the first signal; None while none has come."""
        self._previous: dict[int, object] = {}

    def __enter__(self) -> StopSignals:
        for number in _STOPPING:
            self._previous[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *error: object) -> None:
        if self.exit_status is not None:
            _ignore()
            return
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def cancelled(self) -> bool:
        """Whether a signal has come."""
        return self.exit_status is not None

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.exit_status is None:
            self.exit_status = CANCELLED if number == signal.SIGINT else TERMINATED
        elif number == signal.SIGINT:
            _ignore()  # a third must not interrupt the tidying up
            raise KeyboardInterrupt


@contextmanager
def sigterm_unwinds() -> Iterator[None]:
    """SIGTERM leaves what runs by way of its `finally`, and the process ends with 143: for commands that only look."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)

    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _ignore() -> None:
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
