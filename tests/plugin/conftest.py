"""What the tests of all hosts share."""

from __future__ import annotations

import pytest
from lent_workers import WorkerPool


@pytest.fixture(scope="session")
def worker_pool():
    """Workers that end with the tests."""
    pool = WorkerPool()
    yield pool
    pool.close()


@pytest.fixture
def lent_workers(worker_pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shots are opened in workers that tests before had; one that was still at work at the end is not lent again."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr("stfam.plugin.open_shot.WorkerClient", worker_pool.borrow)
