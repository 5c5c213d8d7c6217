"""The transition table: every state can be left or is an end, and what is not in the table is refused."""

from __future__ import annotations

import pytest

from stfam.plugin.queue.errors import TransitionError
from stfam.plugin.queue.states import ENDED, TRANSITIONS, Action, State, next_state


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
def test_every_state_can_be_reached_and_left(state: State) -> None:
    assert state is State.WAITING or state in TRANSITIONS.values()
    assert any(before is state for before, _ in TRANSITIONS)


@pytest.mark.parametrize("state", sorted(ENDED), ids=lambda state: state.value)
def test_an_ended_one_starts_again_only_when_asked(state: State) -> None:
    actions = {action for before, action in TRANSITIONS if before is state}
    assert actions <= {Action.RETRY, Action.REDO}


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
@pytest.mark.parametrize("action", Action, ids=lambda action: action.value)
def test_the_table_alone_decides(state: State, action: Action) -> None:
    if (state, action) in TRANSITIONS:
        assert next_state(state, action) is TRANSITIONS[state, action]
    else:
        with pytest.raises(TransitionError, match=f"Job 7 is {state.value}"):
            next_state(state, action, "Job 7")


@pytest.mark.parametrize(
    ("state", "action", "possible"),
    [
        (State.DONE, Action.RETRY, "nothing"),
        (State.WAITING, Action.RETRY, "cancel, pause"),
        (State.PAUSED, Action.PAUSE, "cancel, resume"),
        (State.FAILED, Action.PAUSE, "retry"),
    ],
    ids=str,
)
def test_a_refusal_names_what_can_be_asked_for(state: State, action: Action, possible: str) -> None:
    with pytest.raises(TransitionError, match=f"{action.value} is not possible; possible now: {possible}\\.$"):
        next_state(state, action, "Job 7")
