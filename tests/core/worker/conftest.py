"""A worker process on a small shot."""

from __future__ import annotations

from pathlib import Path

import pytest

from stfam.core.shot import Keyframe, Output, Settings, Shot
from stfam.core.worker.client import WorkerClient
from stfam.core.worker.messages import Open
from stfam.core.worker.shot_object import shot_object


@pytest.fixture
def worker(worker_pool):
    """A function that hands out a worker."""
    taken: list[WorkerClient] = []

    def take(on_event=lambda event: None, fresh: bool = False) -> WorkerClient:
        client = worker_pool.take(on_event, fresh=fresh)
        taken.append(client)
        client.hello("test", 240)
        return client

    yield take
    for client in taken:
        worker_pool.give_back(client)


@pytest.fixture
def open_shot(tmp_path: Path):
    """A function that opens a shot folder in a worker; returns the answer."""

    def opened(client: WorkerClient, folder, keys=(), **output: object):
        painted = tuple(Keyframe(frame, str(folder.trimap_file(frame))) for frame in keys)
        shot = Shot(folder.plate, Output(folder.out, **output), painted, settings=Settings(device="cpu", window=1))
        return client.call(Open(shot_object(shot), str(tmp_path / "cache")), 240)

    return opened
