"""A task in a runner's hands (standard library only, so that it travels to any worker)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from stfam.plugin.queue.plan import Step

LOCK_STATUS = 75
"""Exit status of a render process whose task another process is still rendering."""

CRASH_STATUS = 70
"""Stands for a render process that died without an exit status of its own."""


@dataclass(frozen=True)
class Assignment:
    """What a worker needs to render a task.

    Attributes:
        claim: which time this task is handed out: what an earlier holder says of it later is ignored.
        shot: the shot as JSON text, its paths absolute on the machine that queued it.
        environment: variables for the render process.
        device: what `--device` is given; empty leaves the shot's own.
    """

    task: int
    claim: int
    job: int
    name: str
    step: Step
    frames: str
    frame_count: int
    shot: str
    continue_on_error: bool
    environment: tuple[tuple[str, str], ...]
    lock: str
    journal: str
    trimaps: str
    device: str = ""


class Outcome(str, Enum):
    """How a task left a runner's hands."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True)
class Ending:
    """The end of an assignment: exit status of the command and, where it failed, its sentence."""

    outcome: Outcome
    status: int = 0
    error: str | None = None
    seconds: float = 0.0
