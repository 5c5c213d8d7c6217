"""What happens at night, with real processes: kills, full disks, missing frames, locked and damaged files."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from queue_bench import (
    PATIENCE,
    AddJob,
    RunStfam,
    StartRunner,
    all_done,
    json_lines,
    rendered_twice,
    wait_for,
    written,
)

from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.errors import QueueBusyError, QueueDamagedError
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store

SLOW = {"STAND_IN_SECONDS": "0.08"}


def children(process: int) -> list[int]:
    """Render processes of a runner."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


def test_a_killed_runner_loses_no_frame_and_renders_none_twice(
    store: Store, add_job: AddJob, start_runner: StartRunner, tmp_path: Path
) -> None:
    number = add_job(frames="1-12", chunk=6)
    first = start_runner("--workers", 2, **SLOW)
    wait_for(lambda: written(store, number) >= 2)
    renderers = children(first.pid)
    first.kill()
    second = start_runner("--until-empty", "--workers", 2)
    assert second.wait(PATIENCE) == 0
    assert store.view(number).state is State.DONE
    assert rendered_twice(tmp_path) == []
    assert [frame.renders for frame in store.frames(number) if frame.step == "matte"] == [1] * 12
    wait_for(lambda: not any(alive(process) for process in renderers))


def test_a_killed_render_process_is_replaced(
    store: Store, add_job: AddJob, start_runner: StartRunner, tmp_path: Path
) -> None:
    """Each has rendered frames of its task when it is killed, so that the job's retries are left alone."""
    number = add_job(frames="1-10", chunk=5, retries=0)
    gate = tmp_path / "gate"
    runner = start_runner("--until-empty", STAND_IN_GATE=f"2:{gate}")
    for done, next_gate in ((1, "5"), (4, "8"), (7, "")):
        wait_for(lambda done=done: store.view(number).done == done)  # written and told
        for process in children(runner.pid):
            with suppress(ProcessLookupError):  # it may have ended since
                os.kill(process, signal.SIGKILL)
        (tmp_path / "next").write_text(next_gate)
        os.replace(tmp_path / "next", gate)
    assert runner.wait(PATIENCE) == 0
    assert store.view(number).state is State.DONE
    assert rendered_twice(tmp_path) == []


def test_two_runners_share_the_work(store: Store, add_job: AddJob, start_runner: StartRunner, tmp_path: Path) -> None:
    for i in range(3):
        add_job(f"shot{i}", frames="1-8", chunk=2)
    gate = tmp_path / "gate"
    runners = [start_runner("--until-empty", STAND_IN_GATE=f"0:{gate}") for _ in range(2)]
    wait_for(lambda: len({task.runner for number in (1, 2, 3) for task in store.tasks(number)} - {None}) == 2)
    gate.touch()
    outputs = [runner.communicate(timeout=PATIENCE)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0]
    assert all_done(store)
    assert rendered_twice(tmp_path) == []
    assert all(any(line["event"] == "task_started" for line in json_lines(output)) for output in outputs)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_stopped_runner_gives_its_tasks_back_within_the_grace_period(
    store: Store, add_job: AddJob, start_runner: StartRunner, number: signal.Signals
) -> None:
    job = add_job(frames="1-200", chunk=200, steps=_steps("matte"))
    runner = start_runner(**SLOW)
    wait_for(lambda: written(store, job) >= 1)
    runner.send_signal(number)
    assert runner.wait(PATIENCE) == 128 + number
    assert store.view(job).state is State.WAITING
    assert 200 > store.view(job).done == written(store, job) > 0
    assert store.slots() == 0


def test_a_full_disk_fails_the_job_and_a_retry_finishes_it(
    store: Store, add_job: AddJob, run_stfam: RunStfam, tmp_path: Path
) -> None:
    number = add_job(retries=1)
    full = run_stfam("queue", "run", "--until-empty", STAND_IN_FSIZE="1000")
    assert full.returncode == 6
    assert "File too large" in full.stderr
    view = store.view(number)
    assert view.state is State.FAILED and view.error is not None and "File too large" in view.error
    assert list(tmp_path.rglob("*.part")) == []
    assert run_stfam("queue", "retry", "--failed").returncode == 0
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    assert written(store, number) == 6


def test_a_removed_output_folder_fails_the_job_and_a_retry_finishes_it(
    store: Store, add_job: AddJob, run_stfam: RunStfam
) -> None:
    number = add_job(retries=0)
    output = Path(store.job(number).shot.output.matte).parent
    shutil.rmtree(output)
    assert run_stfam("queue", "run", "--until-empty").returncode == 6
    output.mkdir()
    JobControl(store).retry(number)
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    assert written(store, number) == 6


def test_a_missing_plate_frame_fails_at_once_and_the_rest_is_rendered_once(
    store: Store, add_job: AddJob, run_stfam: RunStfam, tmp_path: Path
) -> None:
    number = add_job(frames="1-6", chunk=2, steps=_steps("matte", "check"))
    plate = Path(store.job(number).shot.plate.replace("####", "0004"))
    plate.unlink()
    assert run_stfam("queue", "run", "--until-empty").returncode == 6
    view = store.view(number)
    assert view.state is State.FAILED and view.error is not None and "Plate frame 4" in view.error
    assert written(store, number) == 5
    plate.touch()
    JobControl(store).retry(number)
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    assert written(store, number) == 6
    assert rendered_twice(tmp_path) == []


def test_a_truncated_matte_is_found_and_rendered_again(store: Store, add_job: AddJob, run_stfam: RunStfam) -> None:
    number = add_job(frames="1-4", chunk=2)
    matte = Path(store.job(number).shot.output.matte.replace("####", "0003"))
    matte.write_text("cut o")
    result = run_stfam("queue", "run", "--until-empty")
    view = store.view(number)
    assert view.state is State.FAILED and view.error is not None and "does not read back" in view.error
    assert result.returncode == 6
    matte.unlink()
    JobControl(store).retry(number)
    assert run_stfam("queue", "run", "--until-empty").returncode == 0


def test_a_locked_database_is_waited_for(store: Store, add_job: AddJob, start_runner: StartRunner) -> None:
    number = add_job(frames="1-6", chunk=2)
    other = sqlite3.connect(store.folder.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    runner = start_runner("--until-empty")
    with pytest.raises(subprocess.TimeoutExpired):
        runner.wait(2)
    other.execute("ROLLBACK")
    other.close()
    assert runner.wait(PATIENCE) == 0
    assert store.view(number).state is State.DONE


def test_a_database_that_stays_locked_is_said(store: Store, add_job: AddJob) -> None:
    other = sqlite3.connect(store.folder.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = Store(store.folder, busy_seconds=0.2)
    with pytest.raises(QueueBusyError, match="locked by another program"), impatient.database.write():
        pass
    impatient.close()
    other.execute("ROLLBACK")
    other.close()
    assert add_job() == 1


@pytest.mark.parametrize("size", [0, 4096], ids=str)
def test_a_truncated_database_is_said_and_repaired(
    store: Store, add_job: AddJob, run_stfam: RunStfam, size: int, tmp_path: Path
) -> None:
    numbers = [add_job(f"shot{i}", frames="1-4", chunk=2) for i in range(3)]
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    store.close()
    for companion in ("-wal", "-shm"):
        store.folder.database.with_name(f"queue.sqlite{companion}").unlink(missing_ok=True)
    with open(store.folder.database, "r+b") as file:
        file.truncate(size)
    said = run_stfam("queue", "list")
    assert said.returncode == 3 and "stfam queue repair" in said.stderr
    mended = run_stfam("queue", "repair")
    assert mended.returncode == 0, mended.stderr
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    again = Store(store.folder)
    assert [view.number for view in again.views()] == numbers
    assert all_done(again)
    again.close()
    assert rendered_twice(tmp_path) == []


def test_an_empty_database_beside_jobs_is_damage(store: Store, add_job: AddJob) -> None:
    add_job()
    store.close()
    store.folder.database.unlink()
    with pytest.raises(QueueDamagedError, match="empty although there are jobs"):
        Store(store.folder)


def test_repair_leaves_a_queue_alone_that_is_at_work(
    store: Store, add_job: AddJob, start_runner: StartRunner, run_stfam: RunStfam
) -> None:
    number = add_job(frames="1-100", steps=_steps("matte"))
    start_runner(**SLOW)
    wait_for(lambda: written(store, number) >= 1)
    refused = run_stfam("queue", "repair")
    assert refused.returncode == 2 and "Stop it" in refused.stderr


CLOCK_SET_BACK = """
import sys, time
started, real = time.monotonic(), time.time
time.time = lambda: 86400.0 - 1000 * (time.monotonic() - started)
from stfam.plugin.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_clock_that_is_set_back_stops_nothing(
    store: Store, add_job: AddJob, start_runner: StartRunner, environment: dict[str, str], tmp_path: Path
) -> None:
    number = add_job(frames="1-12", chunk=3)
    first = start_runner(**SLOW)
    wait_for(lambda: written(store, number) >= 2)
    first.kill()
    command = [sys.executable, "-c", CLOCK_SET_BACK, "queue", "run", "--until-empty"]
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert second.returncode == 0, second.stderr
    assert store.view(number).state is State.DONE
    assert rendered_twice(tmp_path) == []


def test_pausing_and_cancelling_stop_a_running_task_within_a_frame(
    store: Store, add_job: AddJob, start_runner: StartRunner
) -> None:
    paused, cancelled = add_job("a", frames="1-500"), add_job("b", frames="1-500")
    runner = start_runner("--until-empty", "--workers", 2, **SLOW)
    wait_for(lambda: all(view.state is State.RUNNING for view in store.views()))
    JobControl(store).pause(paused)
    JobControl(store).cancel(cancelled)
    assert runner.wait(PATIENCE) == 0
    assert store.view(paused).state is State.PAUSED
    assert {task.state for task in store.tasks(paused)} == {State.WAITING}
    assert {task.state for task in store.tasks(cancelled)} == {State.CANCELLED}


def _steps(*names: str) -> tuple[object, ...]:
    from stfam.plugin.queue.plan import Step

    return tuple(Step(name) for name in names)
