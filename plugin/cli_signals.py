"""Ctrl-C, SIGTERM and a terminal that closes: the first asks the job to stop after what it is doing; a Ctrl-C after
that stops at once.

A SIGTERM after the first signal asks for nothing new: farm agents repeat it, and an exception would cut the tidying up.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from stfam.core.stopping import TERMINATED, stopped_status, stopping_signals


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
        for number in stopping_signals():
            self._previous[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *error: object) -> None:
        if self.exit_status is not None:
            self._ignore()
            return
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def cancelled(self) -> bool:
        """Whether a signal has come."""
        return self.exit_status is not None

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.exit_status is None:
            self.exit_status = stopped_status(number)
        elif number == signal.SIGINT:
            self._ignore()  # a third must not interrupt the tidying up
            raise KeyboardInterrupt

    def _ignore(self) -> None:
        for number in self._previous:
            signal.signal(number, signal.SIG_IGN)


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
