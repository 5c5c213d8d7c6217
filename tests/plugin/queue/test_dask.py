"""Rendering on Dask workers: real schedulers and workers on loopback, killed in the middle of a frame."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from farm_bench import Farm, StartFarm
from queue_bench import PATIENCE, AddJob, RunStfam, StartRunner, all_done, rendered_twice, wait_for, written

from stfam.plugin.queue.farm.child_process import END_SECONDS
from stfam.plugin.queue.farm.local import scheduler_address
from stfam.plugin.queue.path_mapping import PathRule
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store

pytest.importorskip("distributed")

MATTE = (Step.MATTE,)


def run_on(farm: Farm, start_runner: StartRunner) -> subprocess.Popen[str]:
    return start_runner("--until-empty", "--scheduler", farm.address)


def test_a_killed_workers_chunk_goes_to_another(
    store: Store, add_job: AddJob, start_farm: StartFarm, start_runner: StartRunner
) -> None:
    number = add_job(frames="1-18", chunk=3)
    farm = start_farm(3, STAND_IN_SECONDS="0.05")
    runner = run_on(farm, start_runner)
    wait_for(lambda: written(store, number) >= 3)
    os.kill(farm.workers[0], signal.SIGKILL)
    assert runner.wait(PATIENCE) == 0
    assert store.view(number).state is State.DONE
    assert written(store, number) == 18
    assert rendered_twice(store.folder.root.parent) == []


def test_a_killed_scheduler_gives_its_tasks_back_and_another_finishes_them(
    store: Store, add_job: AddJob, start_farm: StartFarm, start_runner: StartRunner
) -> None:
    number, gate = add_job(frames="1-12", chunk=3, retries=0), store.folder.root / "gate"
    farm = start_farm(2, STAND_IN_GATE=f"5:{gate}")
    runner = run_on(farm, start_runner)
    wait_for(lambda: written(store, number) >= 1)
    os.kill(farm.scheduler, signal.SIGKILL)
    wait_for(lambda: not any(task.state is State.RUNNING for task in store.tasks(number)))
    assert runner.poll() is None
    gate.touch()
    start_farm(2, port=int(farm.address.rsplit(":", 1)[1]))
    assert runner.wait(PATIENCE) == 0
    assert store.view(number).state is State.DONE
    assert rendered_twice(store.folder.root.parent) == []


def test_a_cancelled_job_stops_on_its_worker(
    store: Store, add_job: AddJob, start_farm: StartFarm, start_runner: StartRunner, run_stfam: RunStfam
) -> None:
    number = add_job(frames="1-1000", chunk=1000, steps=MATTE)
    farm = start_farm(1, STAND_IN_SECONDS="0.05")
    runner = run_on(farm, start_runner)
    wait_for(lambda: written(store, number) >= 1)
    assert run_stfam("queue", "cancel", number).returncode == 0
    assert runner.wait(PATIENCE) == 0
    assert store.view(number).state is State.CANCELLED
    assert "Frame 1 (1/1000)" in run_stfam("queue", "log", number).stdout


def test_two_workers_are_nearly_twice_as_fast(
    store: Store, add_job: AddJob, start_farm: StartFarm, start_runner: StartRunner
) -> None:
    """Frames that take their time without using a processor: what is lost is the queue's and Dask's doing.

    Where something else had the machine meanwhile, it is measured again.
    """

    def seconds(workers: int) -> float:
        farm = start_farm(workers, STAND_IN_SECONDS="0.1")
        add_job(f"warm{len(store.views())}", frames="1-4", chunk=1, steps=MATTE, priority=99)
        number = add_job(f"shot{len(store.views())}", frames="1-48", chunk=6, steps=MATTE)
        runner = run_on(farm, start_runner)
        wait_for(lambda: written(store, number) >= 1)
        started = time.monotonic()
        wait_for(lambda: written(store, number) == 48)
        elapsed = time.monotonic() - started
        assert runner.wait(PATIENCE) == 0
        farm.end()
        return elapsed

    ratios = []
    while not ratios or ratios[-1] <= 1.6:
        assert len(ratios) < 3, ratios
        ratios.append(seconds(1) / seconds(2))
    assert all_done(store)


def test_a_worker_with_a_gpu_and_folders_of_its_own_renders_there(
    store: Store, add_job: AddJob, start_farm: StartFarm, start_runner: StartRunner, tmp_path: Path
) -> None:
    number = add_job("sh010", frames="1-4", chunk=2)
    (tmp_path / "sh010").rename(tmp_path / "elsewhere")
    farm = start_farm(1, gpus=True, STFAM_PATH_MAP=f"{tmp_path / 'sh010'}={tmp_path / 'elsewhere'}")
    assert run_on(farm, start_runner).wait(PATIENCE) == 0
    assert store.view(number).state is State.DONE
    assert len(list((tmp_path / "elsewhere" / "matte").glob("m.*"))) == 4


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX sends them")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_local_farm_ends_with_the_signals_status(start_farm: StartFarm, number: int, status: int) -> None:
    """And sooner than a child would be killed."""
    farm = start_farm(1)
    assert farm.end(number, within=END_SECONDS)[0] == status


def test_a_worker_that_ends_is_said_and_the_last_one_ends_the_farm(start_farm: StartFarm) -> None:
    farm = start_farm(2)
    os.kill(farm.workers[0], signal.SIGKILL)
    assert farm.said_next() == "ERROR: Worker 0 has ended by signal 9; 1 are left.\n"
    os.kill(farm.workers[1], signal.SIGKILL)
    status, said = farm.wait()
    assert status == 2 and "No worker is left" in said


@pytest.mark.parametrize(
    ("arguments", "variables", "sentence"),
    [
        (("1", "--port", "99999"), {}, "A port is 0 to 65535, not 99999"),
        (("1",), {"STFAM_PATH_MAP": "foo"}, "A path rule is FROM=TO, not 'foo'"),
        (("0",), {}, "at least one worker"),
    ],
    ids=["port", "map", "workers"],
)
def test_what_makes_no_farm_is_refused(
    run_process: RunStfam, arguments: tuple[str, ...], variables: dict[str, str], sentence: str
) -> None:
    said = run_process("farm", "local", *arguments, "--json", **variables)
    assert said.returncode == 2 and sentence in said.stderr
    assert json.loads(said.stdout)["exit_status"] == 2


def test_a_port_that_is_taken_is_said(run_process: RunStfam) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = run_process("farm", "local", "1", "--port", port)
    assert said.returncode == 2
    assert f"is port {port} taken?" in said.stderr and "no Python frame" not in said.stderr


def test_an_address_is_read_once_the_schedulers_file_is_whole(tmp_path: Path) -> None:
    file, whole = tmp_path / "scheduler.json", json.dumps({"type": "Scheduler", "address": "tcp://127.0.0.1:8786"})
    assert scheduler_address(file) is None
    for written_so_far in ("", whole[:30], whole[:-1]):
        file.write_text(written_so_far)
        assert scheduler_address(file) is None
    file.write_text(whole)
    assert scheduler_address(file) == "tcp://127.0.0.1:8786"


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        ("/mnt/show=/vol/show", "/mnt/show/a/p.####.exr", "/vol/show/a/p.####.exr"),
        ("/mnt/show=/vol/show", "/mnt/showreel/p.exr", None),
        ("P:\\show=/vol/show", "p:\\Show\\a\\p.####.exr", "/vol/show/a/p.####.exr"),
        ("\\\\server\\share=/vol", "\\\\server\\share\\p.exr", "/vol/p.exr"),
    ],
)
def test_a_path_rule(rule: str, path: str, expected: str | None) -> None:
    assert PathRule.parse(rule).apply(path) == expected
