"""What the tests of all hosts share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from stfam.core.worker.client import WorkerClient
from stfam.core.worker.protocol import Event


class LentWorker:
    """A shot's `WorkerClient` that goes back to the pool when the shot is closed."""

    def __init__(self, pool, client: WorkerClient) -> None:
        self._pool, self._client, self._closed = pool, client, False
        self.hello, self.pid, self.send, self.call = client.hello, client.pid, client.send, client.call

    @property
    def alive(self) -> bool:
        return self._client.alive and not self._closed

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._pool.give_back(self._client)


@pytest.fixture
def lent_workers(worker_pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shots are opened in the pool's workers."""

    def lend(command: Sequence[str], *, on_event: Callable[[Event], None]) -> LentWorker:
        return LentWorker(worker_pool, worker_pool.take(on_event, command=command))

    monkeypatch.setattr("stfam.plugin.open_shot.WorkerClient", lend)
