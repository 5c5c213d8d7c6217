"""Which endings use a retry up, and after which a task is tried again."""

from __future__ import annotations

import pytest

from stfam.plugin.queue.assignment import CRASH_STATUS, TRY_AGAIN_STATUS, Ending, Outcome
from stfam.plugin.queue.retrying import counts_as_failure, may_retry

NO_FAULT = [Ending(Outcome.DONE), Ending(Outcome.STOPPED, 143), Ending(Outcome.LOST)]


@pytest.mark.parametrize("progressed", [False, True])
@pytest.mark.parametrize("ending", [*NO_FAULT, Ending(Outcome.FAILED, TRY_AGAIN_STATUS)], ids=str)
def test_what_is_no_fault_of_the_task_does_not_count(ending: Ending, progressed: bool) -> None:
    assert not counts_as_failure(ending, progressed)


@pytest.mark.parametrize("status", [-11, -9, -1, 129, 137, CRASH_STATUS])
def test_a_process_that_died_counts_where_it_came_no_further(status: int) -> None:
    ending = Ending(Outcome.FAILED, status)
    assert counts_as_failure(ending, False) and not counts_as_failure(ending, True)


@pytest.mark.parametrize("status", [0, 1, 2, 6, 127, 128])
def test_a_process_that_said_why_counts(status: int) -> None:
    ending = Ending(Outcome.FAILED, status)
    assert counts_as_failure(ending, False) and counts_as_failure(ending, True)


@pytest.mark.parametrize(
    ("ending", "failures", "again"),
    [
        (Ending(Outcome.FAILED, 1), 2, True),
        (Ending(Outcome.FAILED, 1), 3, False),
        (Ending(Outcome.FAILED, 2), 1, False),
        (Ending(Outcome.FAILED, 3), 1, False),
        (Ending(Outcome.FAILED, 5), 1, False),
        (Ending(Outcome.FAILED, TRY_AGAIN_STATUS), 0, True),
        (Ending(Outcome.STOPPED, 143), 9, True),
        (Ending(Outcome.LOST), 9, True),
        (Ending(Outcome.DONE), 0, False),
    ],
    ids=str,
)
def test_a_task_is_tried_again_up_to_its_retries_where_that_may_help(
    ending: Ending, failures: int, again: bool
) -> None:
    assert may_retry(ending, failures, retries=2) is again
