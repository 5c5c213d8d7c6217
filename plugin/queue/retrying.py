"""Which endings a task may try again after, and which of them use up a retry (standard library only)."""

from __future__ import annotations

from stfam.plugin.queue.assignment import CRASH_STATUS, TRY_AGAIN_STATUS, Ending, Outcome

HOPELESS = frozenset({2, 3, 5})
"""Usage, input and weights: the same command fails the same way until somebody mends something."""


def counts_as_failure(ending: Ending, progressed: bool) -> bool:
    """Whether the ending uses up one of the job's retries.

    A task that was stopped, or whose runner died, did nothing wrong. Neither did a process that was killed after it
    had finished frames that were not there before: it will get to the end sooner or later, while another may not.
    """
    if ending.outcome is not Outcome.FAILED or ending.status == TRY_AGAIN_STATUS:
        return False
    return not (progressed and _died(ending.status))


def may_retry(ending: Ending, failures: int, retries: int) -> bool:
    """Whether the task goes back to those that wait, having failed `failures` times, this one included."""
    if ending.outcome is Outcome.FAILED:
        return ending.status not in HOPELESS and failures <= retries
    return ending.outcome in (Outcome.STOPPED, Outcome.LOST)


def _died(status: int) -> bool:
    """By a signal (negative, or above 128 as a shell says it) or without a word."""
    return status < 0 or status > 128 or status == CRASH_STATUS
