"""A task in a runner's hands (standard library only, so that it travels to any worker)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import Enum

from stfam.core.version import VERSION
from stfam.plugin.queue.plan import Step

TRY_AGAIN_STATUS = 75
"""Exit status of what is no fault of the task: another process still renders it, or its farm went away."""

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
        version: of the program that hands it out.
    """

    task: int
    claim: int
    job: int
    step: Step
    frames: str
    shot: str
    continue_on_error: bool
    environment: tuple[tuple[str, str], ...]
    lock: str
    journal: str
    device: str = ""
    version: str = VERSION

    def to_json(self) -> str:
        """As text, for the way to another machine."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Assignment:
        """The assignment that `to_json` wrote."""
        data = json.loads(text)
        environment = tuple((name, value) for name, value in data["environment"])
        return cls(**{"version": "", **data, "step": Step(data["step"]), "environment": environment})


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
