"""Looking at the queue again and again, at next to no cost while nothing changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from stfam.plugin.queue.store import Store

Value = TypeVar("Value")

LOOK_SECONDS = 0.5
REPEAT_SECONDS = 5.0
"""What did not change is said again so often, by which a follower notices that nobody listens any more."""


def follow(store: Store, look: Callable[[], Value]) -> Iterator[Value]:
    """What `look` sees now and whenever the queue changes, without end."""
    seen, said_at = -1, 0.0
    while True:
        version = store.database.version()
        if version != seen or time.monotonic() - said_at > REPEAT_SECONDS:
            seen, said_at = version, time.monotonic()
            yield look()
        time.sleep(LOOK_SECONDS)
