"""How far a job is and how long it will take."""

from __future__ import annotations

from stfam.core.worker.wire import Wire

SMOOTHING = 0.4
"""Weight of the newest frame in the expected time of the next."""


class Progress:
    """Counts the frames of a job's stages and says `progress` after each."""

    def __init__(self, wire: Wire, job: int) -> None:
        self._wire, self._job = wire, job
        self._left: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        self._total = 0

    def plan(self, stages: dict[str, tuple[int, float]]) -> None:
        """The stages: frames, and expected seconds a frame."""
        self._left = {stage: count for stage, (count, _) in stages.items()}
        self._seconds = {stage: seconds for stage, (_, seconds) in stages.items()}
        self._total = sum(self._left.values())
        self._say()

    def step(self, stage: str, seconds: float | None) -> None:
        """A frame of a stage is done; None for one that took no time."""
        self._left[stage] = max(0, self._left.get(stage, 0) - 1)
        if seconds is not None:
            known = self._seconds.get(stage, seconds)
            self._seconds[stage] = known + (seconds - known) * SMOOTHING
        self._say()

    def _say(self) -> None:
        left = sum(self._left.values())
        seconds = sum(count * self._seconds.get(stage, 0.0) for stage, count in self._left.items())
        self._wire.event("progress", self._job, done=self._total - left, total=self._total, seconds_left=seconds)
