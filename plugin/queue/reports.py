"""What a runner does, as it says it: typed reports, each with a line to read and a JSON form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.frame_events import FrameEvent, frame_line
from stfam.plugin.queue.states import State
from stfam.plugin.queue.views import JobView, TaskView


@dataclass(frozen=True)
class TaskStarted:
    """A task has been taken and handed to a worker."""

    task: TaskView
    name: str

    def line(self) -> str:
        task = self.task
        device = f" on {task.device}" if task.device else ""
        return f'Job {task.job} "{self.name}": {task.step} {task.frames}{device}'

    def to_json(self) -> dict[str, Any]:
        return {"event": "task_started", "name": self.name, **self.task.to_json()}


@dataclass(frozen=True)
class FrameTold:
    """A frame is written, was found finished, has been checked or failed; `done` of the task's frames are now."""

    task: TaskView
    frame: FrameEvent
    done: int

    def line(self) -> str:
        return frame_line(self.frame, self.done, self.task.frame_count)

    def to_json(self) -> dict[str, Any]:
        place = {"job": self.task.job, "task": self.task.number, "step": self.task.step}
        return {"event": "frame", **place, **vars(self.frame), "done": self.done, "total": self.task.frame_count}


@dataclass(frozen=True)
class Said:
    """Any other line of a task's output."""

    task: TaskView
    text: str

    def line(self) -> str:
        return self.text

    def to_json(self) -> dict[str, Any]:
        return {"event": "log", "job": self.task.job, "task": self.task.number, "message": self.text}


@dataclass(frozen=True)
class TaskEnded:
    """A task has left the worker; `state` is where it is now."""

    task: TaskView
    ending: Ending
    state: State

    def line(self) -> str:
        task, ending = self.task, self.ending
        what = f"Job {task.job} {task.step} {task.frames}"
        if ending.outcome is Outcome.FAILED:
            return f"ERROR: {what} {'is tried again' if self.state is State.WAITING else 'failed'}: {ending.error}"
        if ending.outcome is Outcome.LOST:
            return f"{what} was lost ({ending.error}); it waits for a worker again"
        left = f"; left out: {ending.error}" if ending.error else ""
        return f"{what} {ending.outcome.value} after {ending.seconds:.1f}s{left}"

    def to_json(self) -> dict[str, Any]:
        ending = {"outcome": self.ending.outcome.value, "exit_status": self.ending.status, "error": self.ending.error}
        place = {"job": self.task.job, "task": self.task.number, "step": self.task.step, "state": self.state.value}
        return {"event": "task_ended", **place, **ending, "seconds": round(self.ending.seconds, 3)}


@dataclass(frozen=True)
class JobEnded:
    """A job is done or has failed."""

    job: JobView

    def line(self) -> str:
        return summary_line(self.job)

    def to_json(self) -> dict[str, Any]:
        return {"event": "job_ended", **self.job.to_json()}


@dataclass(frozen=True)
class Notice:
    """Something of the runner itself."""

    text: str

    def line(self) -> str:
        return self.text

    def to_json(self) -> dict[str, Any]:
        return {"event": "notice", "message": self.text}


Report = TaskStarted | FrameTold | Said | TaskEnded | JobEnded | Notice
Listener = Callable[[Report], None]


def summary_line(job: JobView) -> str:
    """One line for a job that has come to its end."""
    each = f", {job.seconds / job.rendered:.2f}s a frame" if job.rendered > 0 else ""
    reason = f": {job.error}" if job.error else ""
    return (
        f'Job {job.number} "{job.name}" {job.state.value}: {job.done}/{job.frames} frames, {job.rendered} rendered, '
        f"{max(0, job.done - job.rendered)} found finished, {job.seconds:.1f}s{each}{reason}"
    )
