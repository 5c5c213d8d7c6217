"""Forgetting jobs: only what has ended, and nothing that another job waits for."""

from __future__ import annotations

import pytest
from queue_bench import AddJob, finish_all

from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.errors import NoSuchJobError, TransitionError
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store

DONE = Ending(Outcome.DONE)


def test_cleaning_forgets_only_what_has_ended(store: Store, claims: Claims, add_job: AddJob) -> None:
    ended, open_job = add_job("a", priority=99), add_job("b")
    JobControl(store).cancel(ended)
    done = JobControl(store).clean(open_job, ended)
    assert done.numbers == [ended] and [type(error) for error in done.refused] == [TransitionError] and not done.left
    assert [view.number for view in store.views()] == [open_job]
    assert not store.folder.job(ended).exists()
    with pytest.raises(NoSuchJobError):
        store.view(ended)


@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_a_job_that_another_waits_for_is_forgotten_only_when_it_is_done(
    store: Store, claims: Claims, add_job: AddJob, end: str
) -> None:
    control = JobControl(store)
    first = add_job("a")
    second = add_job("b", depends=(first,))
    if end == "done":
        finish_first = claims.take("")
        while finish_first is not None and finish_first.job == first:
            claims.end(finish_first, DONE)
            finish_first = claims.take("")
        assert finish_first is not None
        claims.end(finish_first, Ending(Outcome.STOPPED))
        control.pause(second)
        control.clean(first)
        control.resume(second)
    else:
        control.cancel(first)
        assert f"job {second} waits for it" in str(control.clean(first).refused[0])
        control.retry(first)
    finish_all(claims)
    assert store.view(second).state is State.DONE


def test_what_waited_for_a_forgotten_job_can_be_tried_again(store: Store, claims: Claims, add_job: AddJob) -> None:
    control = JobControl(store)
    first = add_job("a")
    second = add_job("b", depends=(first,))
    control.cancel(first)
    control.cancel(second)
    control.clean(first)
    control.retry(second)
    finish_all(claims)
    assert store.view(second).state is State.DONE


def test_cleaning_says_that_a_runner_still_holds_a_task(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job()
    claims.take("")
    JobControl(store).cancel(number)
    assert "a runner still holds a task" in str(JobControl(store).clean(number).refused[0])


def test_a_number_is_not_given_twice(store: Store, add_job: AddJob) -> None:
    first = add_job("a")
    JobControl(store).cancel(first)
    JobControl(store).clean(first)
    assert add_job("b") > first
