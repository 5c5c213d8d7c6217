"""What the queue shows of itself: frozen pictures of its rows at one moment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row

from stfam.plugin.queue.states import State


@dataclass(frozen=True)
class JobView:
    """One line of `stfam queue list`.

    Attributes:
        frames: frames asked for.
        done: of those, the mattes that exist (written or found finished); the checked frames or the trimaps of a job
            that makes no mattes.
        rendered: how many of them this job wrote.
        seconds: what its tasks took, added up over all workers.
        waits_for: numbers of the jobs that must be done before it and are not.
    """

    number: int
    name: str
    state: State
    priority: int
    frames: int
    done: int
    rendered: int
    tasks: int
    tasks_done: int
    seconds: float
    added: str
    ended: str | None
    error: str | None
    waits_for: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "state": self.state.value}


@dataclass(frozen=True)
class TaskView:
    """One task of a job; `frames` is a range as in `--frames`."""

    number: int
    job: int
    step: str
    frames: str
    frame_count: int
    state: State
    claims: int
    failures: int
    runner: str | None
    device: str | None
    seconds: float
    exit_status: int | None
    error: str | None
    waits_for: int = 0

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "state": self.state.value}


@dataclass(frozen=True)
class FrameView:
    """One frame of one step: `state` is written, skipped (found finished), checked or failed."""

    step: str
    frame: int
    state: str
    seconds: float
    path: str
    note: str
    renders: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def task_view(row: Row[Any]) -> TaskView:
    """The picture of a row of `tasks`."""
    return TaskView(
        row.number, row.job, row.step, row.frames, row.frame_count, State(row.state), row.claims, row.failures,
        row.runner, row.device, row.seconds, row.exit_status, row.error, row.blocked,
    )  # fmt: skip
