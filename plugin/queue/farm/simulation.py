"""A farm on paper: a discrete-event simulation of many shots on many workers (standard library only).

Each shot is planned as the queue plans it: spans of propagation, chunks of mattes that wait for them, a check. Workers
take the next task by the shot's place in the queue. Handing a task out and taking it back occupies the queue for a
moment, one task at a time: that is what limits a very large farm.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stfam.core.engine.keyframe_spans import halo
from stfam.plugin.queue.cost import Costs, best_chunk
from stfam.plugin.queue.plan import CHECK_FRAMES, chunks

KINDS = ("propagate", "matte", "halo", "check", "start", "boot", "queue", "idle")
"""Where a worker's time goes; the first two are the work itself."""


@dataclass(frozen=True)
class PaperShot:
    """A shot: its frames, and the frames of each keyframe span."""

    frames: int
    spans: tuple[int, ...]
    window: int = 2


ChooseChunk = Callable[[PaperShot, int, int], int]
"""A shot, the farm's workers and the frames of the other shots, to the frames of a task."""


@dataclass(frozen=True)
class FarmRun:
    """What came out of a simulation.

    Attributes:
        seconds: from the first task to the last.
        worker_seconds: of all workers together, by KINDS.
        tasks: how many there were.
    """

    workers: int
    seconds: float
    worker_seconds: dict[str, float]
    tasks: int

    @property
    def efficiency(self) -> float:
        """The share of the farm's time that went into propagating and matting frames."""
        useful = self.worker_seconds["propagate"] + self.worker_seconds["matte"]
        return useful / (self.workers * self.seconds) if self.seconds else 1.0


def paper_shots(count: int) -> list[PaperShot]:
    """Shots as a feature film has them: mostly 2 to 6 seconds, a few of a minute, one to four keyframes."""
    dice = random.Random(0)
    shots = []
    for _ in range(count):
        frames = max(12, min(1500, round(dice.lognormvariate(4.4, 0.6))))
        keys = min(dice.choice((1, 1, 2, 2, 3, 4)), frames)
        shots.append(PaperShot(frames, tuple(len(span) for span in chunks(range(frames), -(-frames // keys)))))
    return shots


def model_chunk(costs: Costs) -> ChooseChunk:
    """The choice that the queue makes."""
    return lambda shot, workers, backlog: best_chunk(shot.frames, shot.window, workers, costs, backlog)


def constant_chunk(size: int) -> ChooseChunk:
    """The same for every shot, to compare with."""
    return lambda shot, workers, backlog: size


def simulate(
    shots: Sequence[PaperShot], workers: int, costs: Costs, choose: ChooseChunk, dispatch: float = 0.01
) -> FarmRun:
    """Render all shots, which are all there at the start.

    Args:
        dispatch: seconds that the queue is busy with one task, all told.
    """
    farm = _Farm(workers, costs, dispatch)
    frames = sum(shot.frames for shot in shots)
    for position, shot in enumerate(shots):
        farm.add(position, shot, choose(shot, workers, frames - shot.frames))
    return farm.run()


@dataclass
class _Task:
    shot: int
    parts: dict[str, float]
    blocked: int = 0
    dependents: list[_Task] = field(default_factory=list)


class _Farm:
    """The state of a simulation."""

    def __init__(self, workers: int, costs: Costs, dispatch: float) -> None:
        self._costs, self._dispatch = costs, dispatch
        self._workers = workers
        self._unbooted = workers
        self._idle = workers
        self._ready: list[tuple[int, int, _Task]] = []
        self._running: list[tuple[float, int, _Task]] = []
        self._spent = dict.fromkeys(KINDS, 0.0)
        self._count = 0
        self._queue_free = 0.0

    def add(self, position: int, shot: PaperShot, chunk: int) -> None:
        """Plan a shot."""
        costs = self._costs
        spans = [_Task(position, {"start": costs.start, "propagate": n * costs.propagate}) for n in shot.spans]
        ends = [sum(shot.spans[: i + 1]) for i in range(len(spans))]
        mattes = []
        pieces = chunks(range(shot.frames), chunk)
        for piece in pieces:
            beside = shot.window * ((piece[0] > 0) + (piece[-1] < shot.frames - 1))
            parts = {"start": costs.start, "matte": len(piece) * costs.matte, "halo": beside * costs.halo}
            reach = halo(shot.window)
            before = [
                span
                for span, end, length in zip(spans, ends, shot.spans, strict=True)
                if piece[0] - reach < end and piece[-1] + reach >= end - length
            ]
            mattes.append(_after(_Task(position, parts), before))
        checks = [
            _after(_Task(position, {"start": costs.start, "check": len(piece) * costs.check}), mattes)
            for piece in chunks(range(shot.frames), CHECK_FRAMES)
        ]
        for task in spans + mattes + checks:
            self._offer(task)

    def run(self) -> FarmRun:
        """Let time pass until nothing is left."""
        now = 0.0
        self._hand_out(now)
        while self._running:
            now, _, task = heapq.heappop(self._running)
            self._idle += 1
            for dependent in task.dependents:
                dependent.blocked -= 1
                self._offer(dependent)
            self._hand_out(now)
        spent = {**self._spent, "idle": max(0.0, self._workers * now - sum(self._spent.values()))}
        return FarmRun(self._workers, now, spent, self._count)

    def _offer(self, task: _Task) -> None:
        if task.blocked == 0:
            self._count += 1
            heapq.heappush(self._ready, (task.shot, self._count, task))

    def _hand_out(self, now: float) -> None:
        while self._idle and self._ready:
            _, number, task = heapq.heappop(self._ready)
            self._idle -= 1
            self._queue_free = max(self._queue_free, now) + self._dispatch
            parts = {**task.parts, "queue": self._queue_free - now}
            if self._unbooted:
                self._unbooted -= 1
                parts["boot"] = self._costs.boot
            for kind, seconds in parts.items():
                self._spent[kind] += seconds
            heapq.heappush(self._running, (now + sum(parts.values()), number, task))


def _after(task: _Task, before: Sequence[_Task]) -> _Task:
    task.blocked = len(before)
    for earlier in before:
        earlier.dependents.append(task)
    return task
