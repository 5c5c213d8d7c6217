"""Ctrl-C, SIGTERM and a terminal that closes end a training after the step at hand, with a checkpoint."""

from __future__ import annotations

import signal
from types import FrameType

from stfam.core.stopping import stopped_status, stopping_signals


class StopSignal:
    """As a context manager, remembers the first signal; later ones change nothing while the last things are saved."""

    def __init__(self) -> None:
        self.exit_status = 0
        """That of the signal; 0 while none has come."""
        self._before: dict[int, object] = {}

    def __enter__(self) -> StopSignal:
        for number in stopping_signals():
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.exit_status = self.exit_status or stopped_status(number)
