"""What runs on a Dask worker: a preload that starts the render process, and the function that renders a task.

    dask worker ADDRESS --nthreads 1 --resources GPU=1 --preload stfam.plugin.queue.dask_worker

$STFAM_PATH_MAP names folders that are elsewhere on this machine: `FROM=TO`, several separated by `;`.
"""

from __future__ import annotations

import dataclasses
import os
import queue
import threading
import uuid
from pathlib import Path
from typing import Any

from distributed import Worker, get_worker

from stfam.core.errors import UsageError
from stfam.core.shot import Shot
from stfam.core.version import VERSION
from stfam.plugin.queue.assignment import Assignment
from stfam.plugin.queue.commands import task_request, write_shot
from stfam.plugin.queue.path_mapping import MAP_VARIABLE, PathRule, map_shot, path_rules
from stfam.plugin.queue.render_client import RenderProcess, Said
from stfam.plugin.queue.render_program import render_program

TOPIC = "stfam-queue"
CLOSE_SECONDS = 3.0
_ATTRIBUTE = "stfam_renderer"


def dask_setup(worker: Worker) -> None:
    """Dask calls this when the worker starts: torch and the weights load now, once."""
    folder = Path(worker.local_directory)  # Dask takes it away, that of a killed worker too
    setattr(worker, _ATTRIBUTE, WorkerRenderer(path_rules(os.environ.get(MAP_VARIABLE, "")), folder))


def dask_teardown(worker: Worker) -> None:
    """Dask calls this when the worker ends."""
    renderer = getattr(worker, _ATTRIBUTE, None)
    if renderer is not None:
        renderer.close()


def render(text: str, key: str) -> dict[str, Any]:
    """Render the assignment in `text` on this worker; returns its exit status and all that it said.

    Queues number their tasks alike; `key` is no other task's of this scheduler.
    What it says is told while it runs as well, as Dask events; a listener may miss some of these, hence both.
    """
    worker, assignment = get_worker(), Assignment.from_json(text)
    if assignment.version != VERSION:
        return _refused(worker, assignment)
    renderer = getattr(worker, _ATTRIBUTE, None)
    if renderer is None:
        dask_setup(worker)
        renderer = getattr(worker, _ATTRIBUTE)
    return _render(worker, renderer, assignment, key)


def stop(key: str, dask_worker: Worker) -> bool:
    """Ask the task to end within a frame; whether it was on this worker."""
    renderer = getattr(dask_worker, _ATTRIBUTE, None)
    return renderer is not None and renderer.stop(key)


def _refused(worker: Worker, assignment: Assignment) -> dict[str, Any]:
    """Mattes of one shot come from one program: another version may make others."""
    theirs = assignment.version or "another"
    said = (
        f"ERROR: The Dask worker {worker.address} has stfam {VERSION}, and the runner {theirs}. "
        "Install the same on both, start the worker again, then retry the job."
    )
    return {"run": uuid.uuid4().hex, "status": UsageError.exit_status, "said": [("", said)]}


def _render(worker: Worker, renderer: WorkerRenderer, assignment: Assignment, key: str) -> dict[str, Any]:
    run = uuid.uuid4().hex
    said: list[tuple[str, str]] = []
    for number, (line, log, status) in enumerate(renderer.render(assignment, key)):
        if status is not None:
            return {"run": run, "status": status, "said": said}
        said.append((line, log))
        event = {"run": run, "number": number, "task": assignment.task, "key": key}
        worker.log_event(TOPIC, {**event, "line": line, "log": log})
    raise RuntimeError("a render process ended without a word")


class WorkerRenderer:
    """The render processes of one Dask worker: one a thread, kept warm."""

    def __init__(self, rules: list[PathRule], folder: Path) -> None:
        self._rules = rules
        self._folder = folder
        self._lock = threading.Lock()
        self._idle: list[_Channel] = [_Channel({})]
        self._busy: dict[str, _Channel] = {}

    def render(self, assignment: Assignment, key: str) -> Any:
        """Yields (line, log, status) as they are said; the status comes last."""
        shot = map_shot(Shot.from_json(assignment.shot), self._rules)
        here = dataclasses.replace(assignment, shot=shot.to_json())
        file = write_shot(here, self._folder)
        channel = self._channel(dict(assignment.environment))
        with self._lock:
            self._busy[key] = channel
        try:
            channel.run(key, here, file)
            while True:
                said = channel.said.get()
                yield said.line, said.log, said.status
                if said.status is not None:
                    return
        finally:
            with self._lock:
                del self._busy[key]
                self._idle.append(channel)

    def stop(self, key: str) -> bool:
        """Ask a task to end; whether it is here."""
        with self._lock:
            channel = self._busy.get(key)
        if channel is not None:
            channel.process.stop(key)
        return channel is not None

    def close(self) -> None:
        """End every process."""
        with self._lock:
            channels = [*self._idle, *self._busy.values()]
        for channel in channels:
            channel.process.close(CLOSE_SECONDS)

    def _channel(self, environment: dict[str, str]) -> _Channel:
        with self._lock:
            for channel in list(self._idle):
                if not channel.process.alive:
                    self._idle.remove(channel)
                elif channel.process.environment == environment:
                    self._idle.remove(channel)
                    return channel
        return _Channel(environment)


class _Channel:
    """A render process and what it says."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.said: queue.Queue[Said] = queue.Queue()
        self.process = RenderProcess(render_program(warm=not environment), environment, self._hear)

    def run(self, key: str, assignment: Assignment, shot: Path) -> None:
        self.process.run(key, task_request(assignment, shot))

    def _hear(self, said: Said) -> None:
        if said.token:
            self.said.put(said)
