"""The executor's side of Dask: addresses that are none, a scheduler without workers, and one of several queues."""

from __future__ import annotations

import asyncio
import dataclasses
import shlex
import time
from pathlib import Path

import pytest
from distributed import LocalCluster
from queue_bench import STAND_IN, MakeJob, wait_for

from stfam.core.errors import UsageError
from stfam.core.version import VERSION
from stfam.plugin.queue import dask_executor, dask_worker
from stfam.plugin.queue.assignment import TRY_AGAIN_STATUS, Assignment
from stfam.plugin.queue.command.main import main
from stfam.plugin.queue.dask_executor import DaskExecutor
from stfam.plugin.queue.executor import Message
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.plan import Step
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
    monkeypatch.setattr(dask_executor, "MISSED_SECONDS", 600.0)
    said: list[Message] = []
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0", protocol="tcp") as cluster:
        executor = DaskExecutor(cluster.scheduler_address, said.append)
        try:
            executor.tick()
            assert said == [] and executor.free_device() is None
            monkeypatch.setattr(dask_executor, "MISSED_SECONDS", 0.0)
            for _ in range(3):
                executor.tick()
        finally:
            executor.close()
    assert [message.log[:24] for message in said] == ["ERROR: No worker is at t"]


def test_queues_that_share_a_scheduler_keep_their_tasks_apart(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their tasks have the same numbers: each is rendered, told to its own queue, and stopped by it alone."""
    monkeypatch.setenv("STFAM_RENDER_PROGRAM", shlex.join(STAND_IN))
    monkeypatch.setenv("STAND_IN_SECONDS", "0.1")
    said: dict[str, list[Message]] = {"long": [], "short": []}
    place = {"processes": False, "dashboard_address": ":0", "protocol": "tcp", "preload": dask_worker.__name__}
    with LocalCluster(n_workers=1, threads_per_worker=2, **place) as cluster:
        queues = {name: DaskExecutor(cluster.scheduler_address, told.append) for name, told in said.items()}
        try:
            for name, frames in (("long", "1-300"), ("short", "1-6")):
                queues[name].start(first_assignment(make_job, tmp_path, name, frames))
            wait_for(lambda: any(message.line for message in said["long"]))
            queues["long"].stop(1)
            wait_for(lambda: all(told and told[-1].status is not None for told in said.values()))
        finally:
            for executor in queues.values():
                executor.close()
    assert {name: told[-1].status for name, told in said.items()} == {"long": 143, "short": 0}
    assert len(list((tmp_path / "short" / "matte").glob("m.*"))) == 6
    assert not any(str(tmp_path / "long") in message.line for message in said["short"])


def test_a_worker_that_hangs_does_not_hold_the_runner_up(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asleep(key: str, dask_worker: object) -> bool:
        await asyncio.sleep(30)
        return True

    monkeypatch.setenv("STFAM_RENDER_PROGRAM", shlex.join(STAND_IN))
    monkeypatch.setattr(dask_worker, "stop", asleep)
    monkeypatch.setattr(dask_executor, "REACH_SECONDS", 0.2)
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0", protocol="tcp") as cluster:
        executor = DaskExecutor(cluster.scheduler_address, lambda message: None)
        try:
            executor.start(first_assignment(make_job, tmp_path, "shot", "1-3"))
            started = time.monotonic()
            executor.stop(1)
            assert time.monotonic() - started < 15
        finally:
            executor.close()


def test_what_was_for_a_gpu_goes_to_others_when_the_last_gpu_has_left(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask would keep it for the next worker with one, while those that are there have nothing to do."""
    monkeypatch.setattr(dask_executor, "LOOK_SECONDS", 0.0)
    said: list[Message] = []
    place = {"processes": False, "dashboard_address": ":0", "protocol": "tcp", "threads_per_worker": 1}
    with LocalCluster(n_workers=1, resources={"GPU": 1}, **place) as cluster:
        executor = DaskExecutor(cluster.scheduler_address, said.append)
        cluster.scale(0)
        wait_for(lambda: not cluster.scheduler.workers)
        executor.start(first_assignment(make_job, tmp_path, "shot", "1-3"))
        del cluster.new_spec["options"]["resources"]
        cluster.scale(1)
        try:
            wait_for(lambda: executor.tick() or any(message.status is not None for message in said))
        finally:
            executor.close()
    assert [message.status for message in said] == [None, TRY_AGAIN_STATUS]
    assert "No worker with a GPU is left" in said[0].log


@pytest.mark.parametrize("version", ["0.0.1", ""], ids=["older", "none said"])
def test_a_worker_renders_for_runners_of_its_own_version_alone(make_job: MakeJob, tmp_path: Path, version: str) -> None:
    """Others make other mattes, and one shot would have both."""
    said: list[Message] = []
    asked = dataclasses.replace(first_assignment(make_job, tmp_path, "shot", "1-3"), version=version)
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0", protocol="tcp") as cluster:
        executor = DaskExecutor(cluster.scheduler_address, said.append)
        try:
            executor.start(asked)
            wait_for(lambda: any(message.status is not None for message in said))
        finally:
            executor.close()
    assert [message.status for message in said] == [None, 2]
    assert f"has stfam {VERSION}, and the runner {version or 'another'}" in said[0].log
    assert not list((tmp_path / "shot" / "matte").iterdir())


def first_assignment(make_job: MakeJob, tmp_path: Path, name: str, frames: str) -> Assignment:
    """The first task of the first job of a queue of its own."""
    folder, job = QueueFolder.find(str(tmp_path / f"queue-{name}")), make_job(name, frames)
    places = {"lock": str(folder.task_lock(1)), "journal": ""}
    shot = job.shot.to_json()
    return Assignment(1, 1, 1, Step.MATTE, frames, shot, False, (), **places)
