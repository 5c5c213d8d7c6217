"""Ctrl-C and SIGTERM: the first asks the job to stop after what it is doing, the second stops at once."""

from __future__ import annotations

import signal
from types import FrameType

CANCELLED = 130
TERMINATED = 143


class StopSignals:
    """As a context manager, turns the signals into a question the job can ask, and puts the handlers back."""

    def __init__(self) -> None:
        self.exit_status: int | None = None
        self._previous: dict[int, object] = {}

    def __enter__(self) -> StopSignals:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def cancelled(self) -> bool:
        """Whether a signal has come."""
        return self.exit_status is not None

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.exit_status is not None:
            raise KeyboardInterrupt
        self.exit_status = CANCELLED if number == signal.SIGINT else TERMINATED
