"""Tasks on this machine: one warm render process for each device."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stfam.plugin.queue.assignment import Assignment
from stfam.plugin.queue.commands import task_request, write_shot
from stfam.plugin.queue.executor import Message
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.render_client import RenderProcess, Said
from stfam.plugin.queue.render_program import render_program
from stfam.plugin.queue.threads import thread_variables

STOP_SECONDS = 15.0
"""From asking a task to stop to ending its process; longer than the process's own grace period."""


@dataclass
class _Slot:
    device: str
    process: RenderProcess | None = None
    task: int | None = None
    stopping_since: float | None = None


class LocalExecutor:
    """Render processes of this runner, kept warm from task to task.

    Args:
        devices: one slot each; "" renders on the device that the shot asks for.
        program: what starts a render process, if not the usual one.
        folder: the queue's; the shots of tasks are written to it.
        say: is told of every line and end, from threads of its own.
    """

    def __init__(
        self,
        devices: Sequence[str],
        folder: QueueFolder,
        say: Callable[[Message], None],
        program: Sequence[str] = (),
    ) -> None:
        self._slots = [_Slot(device) for device in devices]
        self._folder = folder
        self._program = tuple(program) or render_program()
        self._say = say
        self._threads = thread_variables(len(devices))

    @property
    def slots(self) -> int:
        return len(self._slots)

    def free_device(self) -> str | None:
        return next((slot.device for slot in self._slots if slot.task is None), None)

    def start(self, assignment: Assignment) -> None:
        environment = {**self._threads, **dict(assignment.environment)}
        slot = self._slot_for(assignment.device, environment)
        request = task_request(assignment, write_shot(assignment, self._folder.job(assignment.job)))
        slot.task, slot.stopping_since = assignment.task, None
        process = self._warm(slot, environment)
        process.run(f"{assignment.task}.{assignment.claim}", request)

    def stop(self, task: int) -> None:
        for slot in self._slots:
            if slot.task == task and slot.process is not None and slot.stopping_since is None:
                slot.stopping_since = time.monotonic()
                slot.process.stop(slot.process.token)

    def tick(self) -> None:
        for slot in self._slots:
            overdue = slot.stopping_since is not None and time.monotonic() - slot.stopping_since > STOP_SECONDS
            if slot.process is not None and slot.task is not None and overdue:
                slot.process.kill()

    def ended(self, task: int) -> None:
        """The runner has taken note of a task's end: its slot is free."""
        for slot in self._slots:
            if slot.task == task:
                slot.task = slot.stopping_since = None

    def close(self) -> None:
        for slot in self._slots:
            if slot.process is not None:
                slot.process.close(STOP_SECONDS)

    def _slot_for(self, device: str, environment: Mapping[str, str]) -> _Slot:
        """A free slot of the device, if possible with a process of the same environment."""
        free = [slot for slot in self._slots if slot.task is None and slot.device == device]
        same = [slot for slot in free if slot.process is not None and slot.process.environment == environment]
        return (same or free)[0]

    def _warm(self, slot: _Slot, environment: Mapping[str, str]) -> RenderProcess:
        if slot.process is not None and slot.process.alive and slot.process.environment == environment:
            return slot.process
        if slot.process is not None:
            slot.process.close(STOP_SECONDS)
        slot.process = RenderProcess(self._program, environment, self._hear)
        return slot.process

    def _hear(self, said: Said) -> None:
        if said.token:
            task = int(said.token.split(".")[0])
            self._say(Message(task, line=said.line, log=said.log, status=said.status))
