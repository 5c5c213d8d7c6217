"""A worker process on a small shot."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stfam.core.shot import Keyframe, Output, Settings, Shot
from stfam.core.worker.client import WorkerClient
from stfam.core.worker.messages import Open
from stfam.core.worker.shot_object import shot_object

COMMAND = [sys.executable, "-m", "stfam.core.worker.server"]


@pytest.fixture
def worker():
    """A function that starts a worker; all of them end with the test."""
    started: list[WorkerClient] = []

    def start(on_event=lambda event: None, on_exit=lambda gone: None) -> WorkerClient:
        environment = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        client = WorkerClient(COMMAND, on_event=on_event, on_exit=on_exit, environment=environment)
        started.append(client)
        client.hello("test", 60)
        return client

    yield start
    for client in started:
        client.close()


@pytest.fixture
def open_shot(tmp_path: Path):
    """A function that opens a shot folder in a worker; returns the answer."""

    def opened(client: WorkerClient, folder, keys=(), **output: object):
        painted = tuple(Keyframe(frame, str(folder.trimap_file(frame))) for frame in keys)
        shot = Shot(folder.plate, Output(folder.out, **output), painted, settings=Settings(device="cpu", window=1))
        return client.call(Open(shot_object(shot), str(tmp_path / "cache")), 60)

    return opened
