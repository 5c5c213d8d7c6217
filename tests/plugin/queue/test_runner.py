"""The runner in trouble: tasks that cannot be started, a store that does not answer, jobs that it leaves behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from queue_bench import PATIENCE, AddJob, MakeJob, RunStfam

from stfam.core.frame_range import FrameRange
from stfam.plugin.queue import runner as runner_module
from stfam.plugin.queue.assignment import Assignment, Ending, Outcome
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.errors import QueueFullError
from stfam.plugin.queue.executor import Executor, Message
from stfam.plugin.queue.locks import ProcessLock
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.reports import FrameTold, Report, TaskStarted
from stfam.plugin.queue.runner import Runner, RunnerOptions
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.submission import planned_tasks, submit


class Scripted:
    """An executor of one slot that does with a task what it was told to."""

    slots = 1

    def __init__(self, say: Callable[[Message], None], start: Callable[[Assignment], int | None]) -> None:
        self._say, self._start = say, start
        self._task: int | None = None

    def free_device(self) -> str | None:
        return "" if self._task is None else None

    def start(self, assignment: Assignment) -> None:
        self._task = assignment.task
        status = self._start(assignment)
        if status is not None:
            self._say(Message(assignment.task, status=status))

    def ended(self, task: int) -> None:
        self._task = None

    def stop(self, task: int) -> None:
        self._say(Message(task, status=143))

    def tick(self) -> None:
        """Nothing to look after."""

    def close(self) -> None:
        """Nothing to end."""


def make_runner(
    store: Store,
    start: Callable[[Assignment], int | None],
    said: list[Report],
    idle: Callable[[], bool] = lambda: False,
) -> Runner:
    def make(say: Callable[[Message], None]) -> Executor:
        return Scripted(say, start)

    return Runner(store, make, [said.append], RunnerOptions(until_empty=True, idle=idle))


def test_a_runner_waits_for_what_is_about_to_be_queued(
    store: Store, add_job: AddJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in a watched folder counts at its second look."""
    looks = iter([True, True, False])

    def look() -> bool:
        expecting = next(looks, False)
        if not expecting and not store.views():
            add_job(steps=(Step.MATTE,))
        return expecting

    monkeypatch.setattr(runner_module, "RECLAIM_SECONDS", 0.3)
    assert make_runner(store, lambda _: 0, [], look).run() == 0
    assert [view.state for view in store.views()] == [State.DONE]


def test_a_runner_has_left_the_queue_before_it_ends_its_processes(
    store: Store, add_job: AddJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending them takes its time: what is resumed meanwhile must not count on this runner."""
    number, slots = add_job(), []
    JobControl(store).pause(number)
    monkeypatch.setattr(Scripted, "close", lambda _: slots.append(store.slots()))
    assert make_runner(store, lambda _: 0, []).run() == 0
    assert slots == [0]


def test_a_program_that_is_not_there_fails_the_job_with_a_sentence(
    store: Store, add_job: AddJob, run_stfam: RunStfam
) -> None:
    number = add_job(retries=1)
    ran = run_stfam("queue", "run", "--until-empty", STFAM_RENDER_PROGRAM="/nosuch")
    assert ran.returncode == 6 and "Traceback" not in ran.stderr
    view = store.view(number)
    assert view.state is State.FAILED and view.error is not None
    assert "could not be started" in view.error and "/nosuch" in view.error
    JobControl(store).retry(number)
    assert run_stfam("queue", "run", "--until-empty").returncode == 0


def test_a_job_folder_that_cannot_be_written_fails_the_job(store: Store, add_job: AddJob, run_stfam: RunStfam) -> None:
    number, other = add_job("a", retries=0), add_job("b")
    folder = store.folder.job(number)
    folder.rename(folder.with_name("away"))
    folder.touch()
    ran = run_stfam("queue", "run", "--until-empty")
    assert ran.returncode == 6 and "Traceback" not in ran.stderr
    assert [store.view(job).state for job in (number, other)] == [State.FAILED, State.DONE]


def test_what_a_runner_holds_goes_back_when_it_ends_by_an_error(store: Store, add_job: AddJob) -> None:
    number = add_job()

    def broken(assignment: Assignment) -> int | None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        make_runner(store, broken, []).run()
    assert store.view(number).state is State.WAITING
    assert {task.runner for task in store.tasks(number)} == {None}


def test_a_runner_that_ends_by_an_error_uses_no_retry_up(store: Store, add_job: AddJob) -> None:
    number = add_job(retries=0)

    class EndsWithItsProcess(Scripted):
        def close(self) -> None:
            self.stop(1)

    def listen(report: Report) -> None:
        if isinstance(report, TaskStarted):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Runner(store, lambda say: EndsWithItsProcess(say, lambda _: None), [listen], RunnerOptions()).run()
    assert store.view(number).state is State.WAITING
    assert {task.failures for task in store.tasks(number)} == {0}


def test_frames_that_were_found_finished_are_counted_one_by_one(store: Store, add_job: AddJob) -> None:
    add_job(steps=(Step.MATTE,))
    said: list[Report] = []

    def make(say: Callable[[Message], None]) -> Executor:
        def start(assignment: Assignment) -> int | None:
            say(Message(assignment.task, line='{"event": "started", "skipped": [1001, 1002, 1003]}'))
            return 0

        return Scripted(say, start)

    Runner(store, make, [said.append], RunnerOptions(until_empty=True)).run()
    assert said[0].line() == 'Job 1 "shot": matte 1001-1003'
    first = [report.line() for report in said if isinstance(report, FrameTold)][:3]
    assert first == [f"Frame {1000 + i} ({i}/3) skipped: it is finished" for i in (1, 2, 3)]


def test_neighbours_that_land_after_the_job_was_queued_get_trimaps(store: Store, make_job: MakeJob) -> None:
    job = make_job(frames="1001-1006")
    number = submit(store, job).number
    for frame in range(1007, 1021):
        Path(job.shot.plate.replace("####", str(frame))).touch()
    started: list[str] = []

    def start(assignment: Assignment) -> int:
        started.append(f"{assignment.step.value} {assignment.frames}")
        return 0

    make_runner(store, start, []).run()
    now = [f"{task.step.value} {FrameRange.of(task.frames)}" for task in planned_tasks(store, job)]
    assert started == now
    assert store.tasks(number)[0].frames == "1001-1006"


def test_a_task_whose_runner_nobody_knows_is_taken_up(store: Store, add_job: AddJob) -> None:
    number = add_job()
    vanished, other = Claims(store, "vanished"), Claims(store, "other")
    vanished.register(1)
    task = vanished.take("")
    vanished.unregister()
    assert task is not None
    with ProcessLock(store.folder.task_lock(task.number)) as process:
        assert process.acquire()
        assert other.reclaim() == []
    assert [freed.number for freed in other.reclaim()] == [task.number]
    assert store.view(number).state is State.WAITING


def test_jobs_that_wait_for_a_failed_one_are_named(store: Store, add_job: AddJob, run_stfam: RunStfam) -> None:
    first = add_job("a")
    add_job("b", depends=(first,))
    paused = add_job("c")
    add_job("d", depends=(paused,))
    JobControl(store).cancel(first)
    JobControl(store).pause(paused)
    ran = run_stfam("queue", "run", "--until-empty")
    assert ran.returncode == 6
    assert "ERROR: Job 2 waits for job 1, which is cancelled" in ran.stderr
    assert "Job 4 waits for job 3, which is paused" in ran.stdout


def test_jobs_that_wait_for_a_paused_one_are_no_failure(store: Store, add_job: AddJob, run_stfam: RunStfam) -> None:
    first = add_job("a")
    add_job("b", depends=(first,))
    JobControl(store).pause(first)
    assert run_stfam("queue", "run", "--until-empty").returncode == 0


@pytest.fixture
def full_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Makes the disk under the queue full, or gives it room again."""
    write = store.database.write

    def full() -> object:
        raise QueueFullError(store.folder.database)

    def fill(is_full: bool) -> None:
        monkeypatch.setattr(store.database, "write", full if is_full else write)

    return fill


def test_a_full_disk_is_said_once_and_work_goes_on_when_there_is_room(
    store: Store, add_job: AddJob, full_store: Callable[[bool], None]
) -> None:
    number = add_job(steps=(Step.MATTE,), chunk=6)
    said: list[Report] = []

    def fill(_assignment: Assignment) -> int:
        full_store(True)
        threading.Timer(1.0, full_store, [False]).start()
        return 0

    assert make_runner(store, fill, said).run() == 0
    assert store.view(number).state is State.DONE
    assert sum("No space is left" in report.line() for report in said) == 1


@pytest.mark.parametrize("status", [0, None], ids=["ended", "running"])
def test_a_full_disk_does_not_keep_a_runner_that_is_stopped(
    store: Store, add_job: AddJob, full_store: Callable[[bool], None], status: int | None
) -> None:
    number = add_job(steps=(Step.MATTE,), chunk=6)
    said: list[Report] = []

    def fill(_assignment: Assignment) -> int | None:
        full_store(True)
        runner.stop(128 + signal.SIGTERM)
        return status

    runner = make_runner(store, fill, said)
    thread = threading.Thread(target=runner.run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert any("The next runner" in report.line() for report in said)
    full_store(False)
    assert len(Claims(store, "next").reclaim()) == 1
    assert store.view(number).state is State.WAITING


@pytest.mark.parametrize("step", [Step.PROPAGATE, Step.MATTE, Step.CHECK], ids=lambda step: step.value)
def test_a_job_of_one_step_counts_that_steps_frames(
    store: Store, add_job: AddJob, run_stfam: RunStfam, step: Step
) -> None:
    whole = add_job()
    part = add_job(steps=(step,), priority=10)
    assert run_stfam("queue", "run", "--until-empty").returncode == 0
    assert [(store.view(job).done, store.view(job).frames) for job in (whole, part)] == [(6, 6), (6, 6)]


def test_a_check_that_nothing_can_mend_is_not_repeated(store: Store, claims: Claims, add_job: AddJob) -> None:
    add_job(steps=(Step.CHECK,), retries=2)
    task = claims.take("")
    assert task is not None
    assert claims.end(task, Ending(Outcome.FAILED, 6, "frame 3 is missing")) is State.FAILED
