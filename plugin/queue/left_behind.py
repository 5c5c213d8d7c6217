"""What a runner leaves undone although nothing is left that it could do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store

_WORDS = {State.FAILED: "has failed", State.CANCELLED: "is cancelled"}


@dataclass(frozen=True)
class LeftBehind:
    """A job that waits for another; `hopeless` if that one has come to a bad end."""

    text: str
    hopeless: bool


def left_behind(store: Store) -> Iterator[LeftBehind]:
    """Each job that waits for another that is not at work, with a line that says so."""
    for job in store.views(ended=False):
        for other in store.views(job.waits_for):
            hopeless = other.state in _WORDS
            why = _WORDS.get(other.state, f"is {other.state.value}")
            text = f"Job {job.number} waits for job {other.number}, which {why}"
            yield LeftBehind(f"ERROR: {text}; `stfam queue retry {other.number}`" if hopeless else text, hopeless)
