"""The executor's side of Dask: addresses that are none, and a scheduler without workers."""

from __future__ import annotations

import time

import pytest
from distributed import LocalCluster

from stfam.core.errors import UsageError
from stfam.plugin.queue import dask_executor
from stfam.plugin.queue.command.main import main
from stfam.plugin.queue.dask_executor import DaskExecutor
from stfam.plugin.queue.executor import Message
from stfam.plugin.queue.store import Store


@pytest.mark.parametrize("address", ["foo", "", "http://localhost:8786", "tcp://localhost", "tcp://localhost:port"])
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    started = time.monotonic()
    with pytest.raises(UsageError, match="tcp://HOST:8786"):
        DaskExecutor(address, lambda message: None)
    assert time.monotonic() - started < 5


def test_no_scheduler_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dask_executor, "CONNECT_SECONDS", 0.2)
    place = ["--queue", str(store.folder.root)]
    assert main(["run", "--scheduler", "tcp://127.0.0.1:9", "--until-empty", *place]) == 2
    assert capsys.readouterr().err.startswith("ERROR: No Dask scheduler answers at tcp://127.0.0.1:9")


def test_a_scheduler_without_workers_is_said_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(dask_executor, "MISSED_SECONDS", 0.5)
    said: list[Message] = []
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None, protocol="tcp") as cluster:
        executor = DaskExecutor(cluster.scheduler_address, said.append)
        try:
            executor.tick()
            assert said == [] and executor.free_device() is None
            time.sleep(0.6)
            for _ in range(3):
                executor.tick()
        finally:
            executor.close()
    assert [message.log[:24] for message in said] == ["ERROR: No worker is at t"]
