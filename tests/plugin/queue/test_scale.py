"""Two hundred jobs from twenty processes, with kills; fifty adds at once; what the queue itself costs."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from pathlib import Path

import pytest
from queue_bench import (
    PATIENCE,
    STAND_IN,
    AddJob,
    StartRunner,
    add_jobs,
    all_done,
    json_lines,
    rendered_twice,
    wait_for,
)
from stand_in import whole

from stfam.plugin.queue.local_executor import LocalExecutor
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.runner import Runner, RunnerOptions
from stfam.plugin.queue.store import Store

KILLS = 24
"""Of runners, before those that come next may finish."""


def add_from_processes(store: Store, place: Path, processes: int, each: int) -> list[int]:
    """Add `each` jobs from each of some processes, all at the same moment; returns their numbers."""
    for frame in (1, 2):
        (place / f"p.{frame:04d}.exr").touch()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["stfam.plugin.queue.claims"])  # what each of them would import
    together, answers = context.Barrier(processes), context.Queue()
    arguments = [(str(store.folder.root), str(place), i * each, each, together, answers) for i in range(processes)]
    adders = [context.Process(target=add_jobs, args=given) for given in arguments]
    for adder in adders:
        adder.start()
    numbers = [number for _ in adders for number in answers.get(timeout=PATIENCE)]
    for adder in adders:
        adder.join(PATIENCE)
    answers.close()
    return numbers


def test_fifty_processes_add_two_jobs_each_at_once(store: Store, tmp_path: Path) -> None:
    numbers = add_from_processes(store, tmp_path, 50, 2)
    assert sorted(numbers) == list(range(1, 101))
    assert len(store.views()) == 100


def test_two_hundred_jobs_with_kills_are_each_rendered_once_in_order(
    store: Store, tmp_path: Path, start_runner: StartRunner
) -> None:
    numbers = add_from_processes(store, tmp_path, 20, 10)
    assert len(set(numbers)) == 200
    dice = random.Random(6)
    outputs: list[str] = []

    def rendered() -> list[Path]:
        return sorted(tmp_path.glob("job*/m.*.exr"))

    def wait_for_more() -> None:
        """Until another frame is there, however slow the machine is."""
        before = len(rendered())
        wait_for(lambda: len(rendered()) > before or all_done(store))

    while not all_done(store):
        runners = [start_runner("--until-empty", "--workers", 2) for _ in range(2)]
        wait_for_more()
        if len(outputs) < KILLS:
            time.sleep(dice.uniform(1.0, 2.5))
        while len(outputs) >= KILLS and not all_done(store):  # with more kills the end might never come
            wait_for_more()
        for runner in runners:
            runner.kill()
            outputs.append(runner.communicate(timeout=PATIENCE)[0])
    assert rendered_twice(tmp_path) == []
    views = store.views()
    assert sum(view.done for view in views) == sum(view.frames for view in views) == 400
    assert sum(view.rendered for view in views) == 400
    assert [path.read_text() for path in rendered()] == [whole(1), whole(2)] * 200
    assert len(outputs) >= 4
    for output in outputs:
        fresh = [line for line in json_lines(output) if line["event"] == "task_started" and line["claims"] == 1]
        taken = [store.job(int(str(line["job"]))).priority for line in fresh if line["step"] == "propagate"]
        assert taken == sorted(taken, reverse=True)


def run_here(store: Store) -> int:
    """A runner in this process, so that its own time can be told from that of the rendering."""
    options = RunnerOptions(until_empty=True)
    return Runner(store, lambda say: LocalExecutor([""], store.folder, say, STAND_IN), [], options).run()


def pace() -> float:
    """Seconds of the processor for what takes 40 ms on an ordinary machine of 2025, so that limits hold on any."""
    started = time.process_time()
    assert sum(number * number for number in range(1_000_000)) > 0
    return time.process_time() - started


def test_the_queue_costs_little(store: Store, add_job: AddJob) -> None:
    """Adding a job, taking and ending its tasks, reading what they say: under 60 ms of this process."""
    started = time.process_time()
    numbers = [add_job(f"job{i}", frames="1-2", steps=(Step.MATTE,)) for i in range(20)]
    assert run_here(store) == 0
    assert (time.process_time() - started) / len(numbers) < 1.5 * pace()
    assert all_done(store)


def test_a_job_of_a_hundred_frames_is_hardly_slowed(
    store: Store, add_job: AddJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runner's own work, and what the task took beyond its frames, against frames of half a second."""
    add_job("warm", frames="1-1", steps=(Step.MATTE,), priority=99)
    number = add_job("long", frames="1-100", chunk=100, steps=(Step.MATTE,))
    monkeypatch.setenv("STAND_IN_SECONDS", "0.02")
    started = time.process_time()
    assert run_here(store) == 0
    own = time.process_time() - started
    (task,) = store.tasks(number)
    beyond = task.seconds - sum(frame.seconds for frame in store.frames(number))
    assert own / pace() * 0.04 + max(0.0, beyond) < 0.02 * 100 * 0.5


def test_a_stopped_process_holds_its_task(
    store: Store, add_job: AddJob, start_runner: StartRunner, tmp_path: Path
) -> None:
    """A runner that sleeps is not dead: nobody renders what it is rendering."""
    number, gate = add_job(frames="1-2", steps=(Step.MATTE,)), tmp_path / "gate"
    sleeper = start_runner(STAND_IN_GATE=f"0:{gate}")
    wait_for(lambda: store.slots() == 1 and any(task.runner for task in store.tasks(number)))
    sleeper.send_signal(signal.SIGSTOP)
    other = start_runner("--until-empty")
    time.sleep(2.0)
    assert other.poll() is None
    assert [task.claims for task in store.tasks(number)] == [1]
    gate.touch()
    sleeper.send_signal(signal.SIGCONT)
    assert other.wait(PATIENCE) == 0
    assert [frame.renders for frame in store.frames(number)] == [1, 1]
