"""The states of jobs and tasks, and the one table of what leads from each to which (standard library only)."""

from __future__ import annotations

from enum import Enum

from stfam.plugin.queue.errors import TransitionError


class State(str, Enum):
    """Where a job or a task is."""

    WAITING = "waiting"
    """Nothing of it is being worked on: it waits for its turn, or for what it depends on."""
    RUNNING = "running"
    """A job: one of its tasks is or was at work and others remain. A task: a runner owns it."""
    PAUSED = "paused"
    """A job that is not handed out until it is resumed; its finished frames stay. Tasks are never paused."""
    DONE = "done"
    """Every frame exists and has been checked."""
    FAILED = "failed"
    """It ran out of retries or met an error that no retry mends; `retry` starts it again."""
    CANCELLED = "cancelled"
    """Somebody stopped it; finished frames stay, and `retry` starts it again."""


class Action(str, Enum):
    """What can happen to a job or a task."""

    START = "start"
    """A runner takes a task (of the job)."""
    FINISH = "finish"
    """The work is complete. Of a waiting job: a task was at work still when it was resumed or retried."""
    FAIL = "fail"
    """The work cannot be completed; of a waiting job as above."""
    RELEASE = "release"
    """A runner gives a task back: it stopped, died, or tries again. A job: none of its tasks is owned any more."""
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"
    """Somebody wants failed or cancelled work done after all."""
    REDO = "redo"
    """A check found a finished task's frames missing or broken."""


TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.WAITING, Action.START): State.RUNNING,
    (State.WAITING, Action.PAUSE): State.PAUSED,
    (State.WAITING, Action.CANCEL): State.CANCELLED,
    (State.WAITING, Action.FINISH): State.DONE,
    (State.WAITING, Action.FAIL): State.FAILED,
    (State.RUNNING, Action.START): State.RUNNING,
    (State.RUNNING, Action.FINISH): State.DONE,
    (State.RUNNING, Action.FAIL): State.FAILED,
    (State.RUNNING, Action.RELEASE): State.WAITING,
    (State.RUNNING, Action.PAUSE): State.PAUSED,
    (State.RUNNING, Action.CANCEL): State.CANCELLED,
    (State.PAUSED, Action.RESUME): State.WAITING,
    (State.PAUSED, Action.CANCEL): State.CANCELLED,
    (State.PAUSED, Action.FINISH): State.DONE,
    (State.PAUSED, Action.FAIL): State.FAILED,
    (State.FAILED, Action.RETRY): State.WAITING,
    (State.CANCELLED, Action.RETRY): State.WAITING,
    (State.DONE, Action.REDO): State.WAITING,
}
"""Every step that exists; what is not here is refused."""

ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED})
"""Nothing happens to these by itself."""


ASKED_FOR = frozenset({Action.PAUSE, Action.RESUME, Action.CANCEL, Action.RETRY})
"""What people ask for, by the command of that name; the rest happens by itself."""


def next_state(state: State, action: Action, what: str = "It") -> State:
    """Where `action` leads from `state`; `what` names the job or task in the error.

    Raises:
        TransitionError: it leads nowhere.
    """
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        possible = ", ".join(sorted(a.value for s, a in TRANSITIONS if s is state and a in ASKED_FOR)) or "nothing"
        text = f"{what} is {state.value}: {action.value} is not possible; possible now: {possible}."
        raise TransitionError(text) from None
