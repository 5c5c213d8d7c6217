"""Where a runner's tasks are rendered: what it asks of render processes here and of Dask workers elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from stfam.plugin.queue.assignment import Assignment


@dataclass(frozen=True)
class Message:
    """What an executor says of a task: a line of its output or its log, or the exit status it ended with.

    Of task 0 it says what concerns the executor itself.
    """

    task: int
    line: str = ""
    log: str = ""
    status: int | None = None


class Executor(Protocol):
    """Renders assignments; says what happens through the function that it was given."""

    @property
    def slots(self) -> int:
        """How many assignments it renders at once."""

    def free_device(self) -> str | None:
        """The device of a free slot ("" for the shot's own choice); None when all are at work."""

    def start(self, assignment: Assignment) -> None:
        """Begin an assignment in a free slot."""

    def ended(self, task: int) -> None:
        """The caller has taken note of a task's end: its slot is free again."""

    def stop(self, task: int) -> None:
        """Ask a task to end within a frame; after a grace period it is ended."""

    def tick(self) -> None:
        """Called a few times a second, for what an executor has to look after."""

    def close(self) -> None:
        """End everything; no process stays behind."""
