"""The store: who gets what, in which order, and what becomes of it."""

from __future__ import annotations

import dataclasses

import pytest
from queue_bench import AddJob, MakeJob, finish_all

from stfam.plugin.queue.assignment import CRASH_STATUS, TRY_AGAIN_STATUS, Ending, Outcome
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.errors import JobFileError, NoSuchJobError, TransitionError
from stfam.plugin.queue.frame_events import FrameEvent
from stfam.plugin.queue.plan import PlannedTask, Step
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store

DONE = Ending(Outcome.DONE)


def test_tasks_come_in_the_order_of_their_steps(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job(frames="1001-1006", chunk=3)
    assert [task.step for task in finish_all(claims)] == ["propagate", "matte", "matte", "check"]
    view = store.view(number)
    assert view.state is State.DONE
    assert (view.tasks, view.tasks_done) == (4, 4)


def test_a_task_waits_for_those_before_it(claims: Claims, add_job: AddJob) -> None:
    add_job()
    first = claims.take("")
    assert first is not None and first.step == "propagate"
    assert claims.take("") is None
    claims.end(first, DONE)
    assert [task.step for task in (claims.take(""), claims.take("")) if task] == ["matte", "matte"]


def test_priority_goes_before_age(store: Store, claims: Claims, add_job: AddJob) -> None:
    low, high, also_low = add_job("a", priority=10), add_job("b", priority=90), add_job("c", priority=10)
    jobs = [task.job for task in finish_all(claims)]
    assert jobs == [high] * 4 + [low] * 4 + [also_low] * 4


def test_frames_that_another_job_is_writing_wait(claims: Claims, add_job: AddJob) -> None:
    first, same, others, elsewhere = (
        add_job(name, frames, chunk=6, steps=(Step.MATTE,))
        for name, frames in (("a", "1001-1006"), ("a", "1004-1009"), ("a", "1007-1009"), ("b", "1001-1006"))
    )
    taken = [task for task in (claims.take("cpu") for _ in range(4)) if task is not None]
    assert [task.job for task in taken] == [first, others, elsewhere]
    assert not claims.leave()
    for task in taken:
        claims.end(task, DONE)
    last = claims.take("cpu")
    assert last is not None and last.job == same


def test_reprioritising_moves_a_job(store: Store, claims: Claims, add_job: AddJob) -> None:
    first, second = add_job("a"), add_job("b")
    JobControl(store).reprioritise(second, 99)
    assert next(iter(finish_all(claims))).job == second
    with pytest.raises(JobFileError):
        JobControl(store).reprioritise(first, 500)


def test_a_job_waits_for_the_jobs_it_depends_on(store: Store, claims: Claims, add_job: AddJob) -> None:
    first = add_job("a", priority=1)
    second = add_job("b", priority=99, depends=(first,))
    assert store.view(second).waits_for == (first,)
    jobs = list(dict.fromkeys(task.job for task in finish_all(claims)))
    assert jobs == [first, second]
    assert store.view(second).waits_for == ()


def test_a_job_may_not_depend_on_one_that_is_not_there(store: Store, add_job: AddJob) -> None:
    with pytest.raises(NoSuchJobError):
        add_job(depends=(99,))
    assert store.views() == []


def test_a_cancelled_dependency_holds_the_job_back(store: Store, claims: Claims, add_job: AddJob) -> None:
    first = add_job("a")
    second = add_job("b", depends=(first,))
    JobControl(store).cancel(first)
    assert finish_all(claims) == []
    assert claims.leave()
    JobControl(store).retry(first)
    finish_all(claims)
    assert store.view(second).state is State.DONE


def test_two_runners_never_get_the_same_task(store: Store, add_job: AddJob) -> None:
    add_job(frames="1-40", chunk=2)
    one, two = Claims(store, "one"), Claims(store, "two")
    first = one.take("")
    assert first is not None
    assert two.take("") is None
    one.end(first, DONE)
    taken = [claims.take("") for claims in (one, two) * 10]
    numbers = [task.number for task in taken if task is not None]
    assert len(numbers) == len(set(numbers)) == 20


@pytest.mark.parametrize(
    ("ending", "written", "tries"),
    [
        (Ending(Outcome.FAILED, 1), False, 3),
        (Ending(Outcome.FAILED, 6), True, 3),
        (Ending(Outcome.FAILED, 4), False, 3),
        (Ending(Outcome.FAILED, 3), False, 1),
        (Ending(Outcome.FAILED, 2), False, 1),
        (Ending(Outcome.FAILED, 5), False, 1),
        (Ending(Outcome.FAILED, -9), False, 3),
        (Ending(Outcome.FAILED, -9), True, 4),  # the first time it came further than before; then as a movie does
        (Ending(Outcome.FAILED, CRASH_STATUS), False, 3),
    ],
    ids=str,
)
def test_failures_are_tried_again_where_that_may_help(
    store: Store, claims: Claims, add_job: AddJob, ending: Ending, written: bool, tries: int
) -> None:
    number = add_job(retries=2)
    count = 0
    while (task := claims.take("")) is not None and count < 10:
        count += 1
        claims.record(task, [FrameEvent(1001, "written")] if written else [])
        claims.end(task, ending)
    assert count == tries
    assert store.view(number).state is State.FAILED


@pytest.mark.parametrize(
    ("ending", "written"),
    [
        (Ending(Outcome.STOPPED, 143), False),
        (Ending(Outcome.LOST), False),
        (Ending(Outcome.FAILED, TRY_AGAIN_STATUS), False),
        (Ending(Outcome.FAILED, -9), True),
    ],
    ids=str,
)
def test_what_is_no_fault_of_the_task_uses_no_retry_up(
    store: Store, claims: Claims, add_job: AddJob, ending: Ending, written: bool
) -> None:
    number = add_job(retries=0)
    for i in range(10):
        task = claims.take("")
        assert task is not None
        claims.record(task, [FrameEvent(1001 + i, "written")] if written else [])
        claims.end(task, ending)
    finish_all(claims)
    assert store.view(number).state is State.DONE


def test_a_check_whose_process_dies_each_time_comes_to_its_end(store: Store, claims: Claims, add_job: AddJob) -> None:
    """It begins anew each time: that it got through some frames brings it no further."""
    number, checks = add_job(retries=2), 0
    while (task := claims.take("")) is not None and checks < 10:
        checks += task.step == "check"
        claims.record(task, [FrameEvent(1001, "checked")] if task.step == "check" else [])
        claims.end(task, Ending(Outcome.FAILED, -11, "a crash") if task.step == "check" else DONE)
    assert (checks, store.view(number).state) == (3, State.FAILED)


def test_frames_of_a_movie_that_was_not_finished_are_not_there(store: Store, claims: Claims, make_job: MakeJob) -> None:
    """It starts over: what it wrote is no progress, however often its process dies."""
    job = make_job(frames="1-6", retries=1, steps=(Step.MATTE,))
    output = dataclasses.replace(job.shot.output, matte=f"{job.shot.output.matte}.mov")
    job = dataclasses.replace(job, shot=dataclasses.replace(job.shot, output=output))
    number = store.add(job, [PlannedTask(Step.MATTE, tuple(range(1, 7)))])
    for ending in (Ending(Outcome.STOPPED, 143), Ending(Outcome.LOST), Ending(Outcome.FAILED, -9), DONE):
        task = claims.take("")
        assert task is not None
        claims.record(task, [FrameEvent(frame, "written") for frame in range(1, 7)])
        assert store.view(number).done == 6
        claims.end(task, ending)
        left = 6 if ending is DONE else 0
        assert (store.view(number).done, store.view(number).rendered) == (left, left)
    assert store.tasks(number)[0].failures == 1


def test_a_failed_job_finishes_what_it_can(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job(frames="1-9", chunk=3, retries=0)
    first = claims.take("")
    assert first is not None
    claims.end(first, DONE)
    broken = claims.take("")
    assert broken is not None
    claims.end(broken, Ending(Outcome.FAILED, 1, "broken"))
    assert store.view(number).state is State.RUNNING
    assert [task.step for task in finish_all(claims)] == ["matte", "matte"]
    assert (store.view(number).state, store.view(number).error) == (State.FAILED, "broken")
    JobControl(store).retry(number)
    assert [task.step for task in finish_all(claims)] == ["propagate", "matte", "matte", "matte", "check"]
    assert store.view(number).state is State.DONE


def test_a_failed_check_renders_again(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job(frames="1-6", chunk=3)
    tasks = []
    failed = False
    while (task := claims.take("")) is not None:
        tasks.append(task.step)
        bad = task.step == "check" and not failed
        failed |= bad
        claims.end(task, Ending(Outcome.FAILED, 6, "frame 3 is cut off") if bad else DONE)
    assert tasks == ["propagate", "matte", "matte", "check", "matte", "matte", "check"]
    assert store.view(number).state is State.DONE


def test_a_check_that_fails_in_a_cancelled_job_has_nothing_rendered_again(
    store: Store, claims: Claims, add_job: AddJob
) -> None:
    number = add_job()
    check = None
    while (task := claims.take("")) is not None:
        check = task
        if task.step != "check":
            claims.end(task, Ending(Outcome.DONE))
    assert check is not None and check.step == "check"
    JobControl(store).cancel(number)
    assert claims.end(check, Ending(Outcome.FAILED, 6)) is State.CANCELLED
    assert {task.state for task in store.tasks(number)} == {State.DONE, State.CANCELLED}


def test_what_a_former_owner_says_is_ignored(store: Store, add_job: AddJob) -> None:
    add_job()
    late, current = Claims(store, "late"), Claims(store, "current")
    old = late.take("")
    assert old is not None
    late.end(old, Ending(Outcome.LOST))
    new = current.take("")
    assert new is not None and (new.number, new.claims) == (old.number, old.claims + 1)
    assert late.end(old, DONE) is State.RUNNING
    assert current.end(new, DONE) is State.DONE


def test_pausing_and_resuming(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job()
    control = JobControl(store)
    task = claims.take("")
    assert task is not None
    assert control.pause(number) is State.PAUSED
    assert claims.to_stop() == {task.number}
    claims.end(task, Ending(Outcome.STOPPED, 143))
    assert claims.take("") is None
    assert control.resume(number) is State.WAITING
    finish_all(claims)
    assert store.view(number).state is State.DONE


@pytest.mark.parametrize(("stop", "go_on"), [("pause", "resume"), ("cancel", "retry")], ids=["paused", "cancelled"])
def test_a_task_may_fail_after_its_job_was_stopped_and_let_go_on(
    store: Store, claims: Claims, add_job: AddJob, stop: str, go_on: str
) -> None:
    number, control = add_job(steps=(Step.MATTE,), chunk=6), JobControl(store)
    task = claims.take("")
    assert task is not None
    getattr(control, stop)(number)
    getattr(control, go_on)(number)
    claims.end(task, Ending(Outcome.FAILED, 3, "no frame 1004"))
    assert (store.view(number).state, store.view(number).error) == (State.FAILED, "no frame 1004")


def test_a_runner_leaves_only_where_nothing_has_come_since(store: Store, claims: Claims, add_job: AddJob) -> None:
    number, control = add_job(), JobControl(store)
    claims.register(2)
    control.pause(number)
    control.resume(number)
    assert not claims.leave() and store.slots() == 2
    control.pause(number)
    assert claims.leave() and store.slots() == 0


def test_cancelling_and_retrying(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job()
    control = JobControl(store)
    task = claims.take("")
    assert task is not None
    control.cancel(number)
    assert claims.to_stop() == {task.number}
    assert claims.end(task, Ending(Outcome.STOPPED, 143)) is State.CANCELLED
    assert claims.take("") is None
    control.retry(number)
    finish_all(claims)
    assert store.view(number).state is State.DONE
    with pytest.raises(TransitionError, match=f"Job {number} is done"):
        control.cancel(number)
