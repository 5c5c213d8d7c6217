"""How a task ended, in words."""

from __future__ import annotations

import pytest
from queue_bench import AddJob

from stfam.plugin.queue.active_task import ActiveTask
from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.claims import Claims


@pytest.fixture
def task(add_job: AddJob, claims: Claims) -> ActiveTask:
    add_job()
    view = claims.take("")
    assert view is not None
    return ActiveTask(view)


def test_a_killed_render_process_says_what_may_help(task: ActiveTask) -> None:
    ending = task.ending(-9)
    assert ending.outcome is Outcome.FAILED
    assert "ended by a kill" in str(ending.error) and "fewer --workers" in str(ending.error)


@pytest.mark.parametrize(
    ("go_on", "frames_failed", "status", "outcome"),
    [
        (True, True, 6, Outcome.DONE),
        (True, True, 3, Outcome.FAILED),
        (True, False, 6, Outcome.FAILED),
        (False, True, 6, Outcome.FAILED),
    ],
    ids=["went on", "could not go on", "a full disk", "was not asked to"],
)
def test_failed_frames_are_left_out_where_that_was_asked_for(
    task: ActiveTask, go_on: bool, frames_failed: bool, status: int, outcome: Outcome
) -> None:
    task.continue_on_error = go_on
    if frames_failed:
        task.hear('{"event": "failed", "frame": 1003, "message": "is broken"}')
    assert task.hear('{"event": "error", "message": "1 of 4 frames failed."}') == ([], None)  # the log says it
    ending: Ending = task.ending(status)
    assert (ending.outcome, ending.status) == (outcome, status)
    assert ending.error == ("frame 1003: is broken" if frames_failed else "1 of 4 frames failed.")
