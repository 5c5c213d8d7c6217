"""Tasks on the workers of a Dask scheduler: the same commands in the same render processes, on other machines."""

from __future__ import annotations

import contextlib
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from distributed import Client
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.comm.registry import get_backend

from stfam.core.errors import UsageError
from stfam.core.stopping import TERMINATED
from stfam.plugin.queue import dask_worker
from stfam.plugin.queue.assignment import CRASH_STATUS, TRY_AGAIN_STATUS, Assignment
from stfam.plugin.queue.errors import QueueError
from stfam.plugin.queue.executor import Message

CONNECT_SECONDS = 10.0
RECONNECT_SECONDS = 2.0
REACH_SECONDS = 3.0
"""What a lost scheduler, or a worker that hangs, has to answer: the runner hears nothing meanwhile."""
LOOK_SECONDS = 1.0
MISSED_SECONDS = 5.0
MISSED_AGAIN_SECONDS = 60.0
GPU = "GPU"


@dataclass
class _Remote:
    """A task on its way through Dask; the key of its future tells it from those of other runners and queues.

    Attributes:
        status: what is said where Dask drops it.
    """

    future: Any
    on_gpu: bool
    status: int = TERMINATED
    heard: dict[str, int] = field(default_factory=dict)


class DaskExecutor:
    """Renders on the workers of a scheduler: one task for each GPU, or for each thread of workers without any.

    A worker that dies loses its tasks to others: Dask sees to that. A scheduler that dies takes every running task with
    it: they go back to the queue, and the executor tries to reach the scheduler until it is there again.

    Raises:
        UsageError: the address is none.
        QueueError: the scheduler cannot be reached when the executor is made.
    """

    def __init__(self, address: str, say: Callable[[Message], None]) -> None:
        _check_address(address)
        self._address = address
        self._say = say
        self._tasks: dict[int, _Remote] = {}
        self._slots = 0
        self._uses_gpus = False
        self._looked = self._idle_since = 0.0
        self._client: Any = None
        try:
            self._client = self._connect(CONNECT_SECONDS)
        except (OSError, TimeoutError) as error:
            raise QueueError(
                f"No Dask scheduler answers at {address}. Start one (`stfam farm local 2`), or check the address."
            ) from error
        self._look()

    @property
    def slots(self) -> int:
        return self._slots

    def free_device(self) -> str | None:
        return "" if self._client is not None and len(self._tasks) < self._slots else None

    def start(self, assignment: Assignment) -> None:
        if self._client is None:
            self._say(Message(assignment.task, status=TRY_AGAIN_STATUS))
            return
        key = f"stfam-{uuid.uuid4().hex}"
        future = self._client.submit(
            dask_worker.render,
            assignment.to_json(),
            key,
            key=key,
            pure=False,
            resources={GPU: 1} if self._uses_gpus else None,
        )
        self._tasks[assignment.task] = _Remote(future, self._uses_gpus)
        future.add_done_callback(lambda done: self._finish(assignment.task, done))

    def stop(self, task: int) -> None:
        remote = self._tasks.get(task)
        if remote is None or self._client is None:
            return
        with contextlib.suppress(OSError, TimeoutError):
            answers = self._client.run(dask_worker.stop, remote.future.key, callback_timeout=REACH_SECONDS)
            if not any(answers.values()):
                remote.future.cancel()  # it had not begun

    def tick(self) -> None:
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        if self._client is None or self._client.status != "running":
            self._reconnect()
        else:
            self._look()

    def ended(self, task: int) -> None:
        self._tasks.pop(task, None)

    def close(self) -> None:
        if self._client is not None:
            for task in list(self._tasks):
                self.stop(task)
            self._client.close(timeout=5)

    def _connect(self, seconds: float) -> Any:
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # the queue says it in its own words
        client: Any = Client(self._address, timeout=seconds, set_as_default=False)  # type: ignore[no-untyped-call]
        client.subscribe_topic(dask_worker.TOPIC, self._hear)
        self._idle_since = time.monotonic()
        return client

    def _look(self) -> None:
        """Count the workers."""
        self._looked = time.monotonic()
        if self._client is None:
            return
        with contextlib.suppress(OSError, TimeoutError):
            workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
            gpus = sum(int(worker["resources"].get(GPU, 0)) for worker in workers)
            self._uses_gpus = gpus > 0
            self._slots = gpus or sum(int(worker["nthreads"]) for worker in workers)
            if self._slots and not self._uses_gpus:
                self._take_back_from_gpus()
        self._miss_workers()

    def _take_back_from_gpus(self) -> None:
        """The last GPU has left: what was for one would wait for ever while others have nothing to do."""
        for task, remote in list(self._tasks.items()):
            if remote.on_gpu and remote.status != TRY_AGAIN_STATUS:
                remote.status = TRY_AGAIN_STATUS
                self._say(Message(task, log="ERROR: No worker with a GPU is left; those without take over"))
                remote.future.cancel()

    def _miss_workers(self) -> None:
        """Say that nobody works, once in a while that it lasts."""
        now = time.monotonic()
        if self._slots:
            self._idle_since = now
        elif now - self._idle_since > MISSED_SECONDS:
            self._idle_since = now + MISSED_AGAIN_SECONDS
            self._say(Message(0, log=f"ERROR: No worker is at the Dask scheduler {self._address}; tasks wait for one"))

    def _reconnect(self) -> None:
        self._looked = time.monotonic() + RECONNECT_SECONDS - LOOK_SECONDS
        if self._client is not None:
            self._say(
                Message(0, log=f"ERROR: The Dask scheduler {self._address} is gone; its tasks wait until it is back")
            )
            self._client.close(timeout=1)
            self._client, self._slots = None, 0
            for task in list(self._tasks):
                self._say(Message(task, status=TRY_AGAIN_STATUS))
            return
        try:
            self._client = self._connect(REACH_SECONDS)
        except (OSError, TimeoutError):
            return
        self._say(Message(0, log=f"The Dask scheduler {self._address} is there again"))
        self._look()

    def _hear(self, event: tuple[float, Any]) -> None:
        """A line of a task, as Dask's event; runs in the client's thread."""
        told = event[1]
        remote = self._tasks.get(told["task"])
        if remote is None or remote.future.key != told["key"]:
            return
        if told["number"] == remote.heard.get(told["run"], 0):  # else one is missing: the result brings them all
            remote.heard[told["run"]] = told["number"] + 1
            self._say(Message(told["task"], line=told["line"], log=told["log"]))

    def _finish(self, task: int, future: Any) -> None:
        """The task's end, in a thread of the client."""
        remote = self._tasks.get(task)
        if remote is None or remote.future.key != future.key:
            return
        if future.status == "finished":
            result = future.result()
            for line, log in result["said"][remote.heard.get(result["run"], 0) :]:
                self._say(Message(task, line=line, log=log))
            self._say(Message(task, status=result["status"]))
        elif future.status == "error":
            self._say(Message(task, log=f"ERROR: Dask gave up on it: {future.exception()}"))
            self._say(Message(task, status=CRASH_STATUS))
        elif self._client is not None and self._client.status == "running":
            self._say(Message(task, status=remote.status))


def _check_address(address: str) -> None:
    try:
        scheme, place = parse_address(address)
        get_backend(scheme)
        parse_host_port(place)
    except ValueError as error:
        raise UsageError(f"A Dask scheduler's address is like tcp://HOST:8786, not {address!r}: {error}") from error
