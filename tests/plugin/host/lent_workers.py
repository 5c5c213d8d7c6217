"""Real workers that one test borrows after the other: a worker takes seconds to start, and opens any shot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from stfam.core.worker.client import WorkerClient
from stfam.core.worker.messages import Request
from stfam.core.worker.protocol import Event


class Worker:
    """A worker process, and whoever hears what it says."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self.hear: Callable[[Event], None] = lambda event: None
        self.client = WorkerClient(command, on_event=lambda event: self.hear(event))


class WorkerPool:
    """Keeps the worker that was given back last, where it was idle; every other one ends when it is closed."""

    def __init__(self) -> None:
        self._kept: Worker | None = None

    def borrow(self, command: Sequence[str], *, on_event: Callable[[Event], None]) -> LentWorker:
        """In the place of `WorkerClient`: the kept worker of this command, else a new one."""
        kept, self._kept = self._kept, None
        if kept is not None and (kept.command != list(command) or not kept.client.alive):
            kept.client.close()
            kept = None
        worker = kept or Worker(command)
        worker.hear = on_event
        return LentWorker(worker, self)

    def give_back(self, worker: Worker, busy: bool) -> None:
        """Keep it, or end it as `WorkerClient.close` does."""
        if busy or not worker.client.alive or self._kept is not None:
            worker.client.close()
        else:
            worker.hear = lambda event: None
            self._kept = worker

    def close(self) -> None:
        """End the kept worker."""
        if self._kept is not None:
            self._kept.client.close()


class LentWorker:
    """A `WorkerClient` whose process may outlive it."""

    def __init__(self, worker: Worker, pool: WorkerPool) -> None:
        self._worker, self._pool, self._closed = worker, pool, False
        self._asked: list[Future[dict[str, Any]]] = []
        self.hello, self.pid = worker.client.hello, worker.client.pid

    @property
    def alive(self) -> bool:
        return self._worker.client.alive and not self._closed

    def send(self, request: Request) -> tuple[int, Future[dict[str, Any]]]:
        assert not self._closed, "a shot that was closed asks its worker"
        number, future = self._worker.client.send(request)
        self._asked.append(future)
        return number, future

    def call(self, request: Request, timeout: float | None = None) -> dict[str, Any]:
        return self.send(request)[1].result(timeout)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._pool.give_back(self._worker, busy=not all(future.done() for future in self._asked))
