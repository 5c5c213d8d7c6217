"""What is written down of a task that is taken, ends and is taken again."""

from __future__ import annotations

from queue_bench import AddJob, MakeJob, finish_all

from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.plan import PlannedTask, Step
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.views import TaskView

DONE = Ending(Outcome.DONE)


def taken(claims: Claims, device: str = "") -> TaskView:
    task = claims.take(device)
    assert task is not None
    return task


def test_what_a_task_took_and_how_it_ended_is_kept(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job(retries=1)
    task = taken(claims, "cuda:1")
    assert task == store.tasks(number)[0] and store.view(number).state is State.RUNNING
    assert (task.state, task.runner, task.device, task.claims) == (State.RUNNING, "runner-a", "cuda:1", 1)
    assert claims.end(task, Ending(Outcome.FAILED, 1, "broken", 2.5)) is State.WAITING
    failed = store.tasks(number)[0]
    assert (failed.runner, failed.failures, failed.exit_status, failed.error) == (None, 1, 1, "broken")
    assert claims.end(taken(claims), Ending(Outcome.DONE, seconds=1.5)) is State.DONE
    done = store.tasks(number)[0]
    assert (done.claims, done.failures, done.exit_status, done.error, done.seconds) == (2, 1, 0, None, 4.0)
    assert store.view(number).seconds == 4.0


def test_a_job_has_an_end_while_it_is_at_its_end(store: Store, claims: Claims, add_job: AddJob) -> None:
    number, other = add_job("a"), add_job("b")
    assert store.view(number).ended is None
    JobControl(store).cancel(number)
    assert store.view(number).ended
    JobControl(store).retry(number)
    assert store.view(number).ended is None
    finish_all(claims)
    assert store.view(number).ended and store.view(other).ended


def test_a_job_waits_again_when_the_last_of_its_tasks_was_stopped(
    store: Store, claims: Claims, add_job: AddJob
) -> None:
    number = add_job(steps=(Step.MATTE,), chunk=3)
    one, two = taken(claims), taken(claims)
    claims.end(one, Ending(Outcome.STOPPED, 143))
    assert store.view(number).state is State.RUNNING
    claims.end(two, Ending(Outcome.LOST))
    assert store.view(number).state is State.WAITING
    assert [task.failures for task in store.tasks(number)] == [0, 0]


def test_a_job_fails_when_the_last_of_its_tasks_has_ended(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job(steps=(Step.MATTE,), chunk=3, retries=0)
    one, two = taken(claims), taken(claims)
    claims.end(one, Ending(Outcome.FAILED, 1, "broken"))
    assert (store.view(number).state, store.view(number).ended) == (State.RUNNING, None)
    claims.end(two, DONE)
    assert (store.view(number).state, store.view(number).error) == (State.FAILED, "broken")


def test_a_job_that_was_cancelled_stays_so_whatever_its_tasks_come_to(
    store: Store, claims: Claims, add_job: AddJob
) -> None:
    number = add_job(steps=(Step.MATTE,), chunk=2, retries=0)
    one, two, three = taken(claims), taken(claims), taken(claims)
    claims.end(one, Ending(Outcome.FAILED, 1, "broken"))
    JobControl(store).cancel(number)
    assert claims.end(two, DONE) is State.DONE
    assert claims.end(three, Ending(Outcome.STOPPED, 143)) is State.CANCELLED
    assert store.view(number).state is State.CANCELLED


def test_each_runner_stops_its_own_tasks(store: Store, add_job: AddJob) -> None:
    number, other = add_job(steps=(Step.MATTE,), chunk=3), add_job("b", steps=(Step.MATTE,))
    one, two = Claims(store, "one"), Claims(store, "two")
    first, second, third = taken(one), taken(two), taken(two)
    assert (first.job, second.job, third.job) == (number, number, other)
    assert one.to_stop() == two.to_stop() == set()
    JobControl(store).pause(number)
    assert (one.to_stop(), two.to_stop()) == ({first.number}, {second.number})


def test_runners_are_known_from_when_they_register_until_they_unregister(store: Store) -> None:
    one, two = Claims(store, "one"), Claims(store, "two")
    one.register(2)
    two.register(3)
    assert store.slots() == 5
    one.unregister()
    assert store.slots() == 3
    assert two.leave() and store.slots() == 0


def test_what_two_checks_found_bad_is_rendered_again_once(store: Store, claims: Claims, make_job: MakeJob) -> None:
    job = make_job(frames="1-4", steps=(Step.MATTE, Step.CHECK))
    checks = [PlannedTask(Step.CHECK, frames, (0,)) for frames in ((1, 2), (3, 4))]
    number = store.add(job, [PlannedTask(Step.MATTE, (1, 2, 3, 4)), *checks])
    claims.end(taken(claims), DONE)
    for check in [taken(claims), taken(claims)]:
        claims.end(check, Ending(Outcome.FAILED, 6, "cut off"))
    assert [task.step for task in finish_all(claims)] == ["matte", "check", "check"]
    assert store.view(number).state is State.DONE


def test_a_job_has_failed_where_its_last_step_left_frames_out(store: Store, claims: Claims, add_job: AddJob) -> None:
    """Those that go on past errors: what the mattes left out shows in their check, what trimaps did in the mattes."""
    steps = (Step.PROPAGATE, Step.MATTE)
    harmless, harmful = add_job("a", steps=steps, chunk=6), add_job("b", steps=steps, chunk=3)
    claims.end(taken(claims), Ending(Outcome.DONE, error="no trimap of 1003"))
    claims.end(taken(claims), DONE)
    assert (store.view(harmless).state, store.view(harmless).error) == (State.DONE, None)
    claims.end(taken(claims), DONE)
    claims.end(taken(claims), Ending(Outcome.DONE, error="no matte of 1003"))
    assert store.view(harmful).state is State.RUNNING
    claims.end(taken(claims), DONE)
    assert (store.view(harmful).state, store.view(harmful).error) == (State.FAILED, "no matte of 1003")
