"""What the tests of all hosts share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import pytest

from stfam.core.worker.client import WorkerClient
from stfam.core.worker.messages import Request
from stfam.core.worker.protocol import Event


class LentWorker:
    """A shot's `WorkerClient`; when the shot is closed it goes back to the pool, or ends where it is at work."""

    def __init__(self, pool, client: WorkerClient) -> None:
        self._pool, self._client, self._closed = pool, client, False
        self._asked: list[Future[dict[str, Any]]] = []
        self.hello, self.pid = client.hello, client.pid

    @property
    def alive(self) -> bool:
        return self._client.alive and not self._closed

    def send(self, request: Request) -> tuple[int, Future[dict[str, Any]]]:
        assert not self._closed, "a shot that was closed asks its worker"
        number, future = self._client.send(request)
        self._asked.append(future)
        return number, future

    def call(self, request: Request, timeout: float | None = None) -> dict[str, Any]:
        return self.send(request)[1].result(timeout)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if all(future.done() for future in self._asked):
            self._pool.give_back(self._client)
        else:
            self._client.close()


@pytest.fixture
def lent_workers(worker_pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shots are opened in the pool's workers."""

    def lend(command: Sequence[str], *, on_event: Callable[[Event], None]) -> LentWorker:
        return LentWorker(worker_pool, worker_pool.take(on_event, command=command))

    monkeypatch.setattr("stfam.plugin.open_shot.WorkerClient", lend)
