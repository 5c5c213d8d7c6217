"""A value that is made when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Once:
    """What a function gives, on whichever thread asks first; the others wait for it. Tried again where it raised."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make: Callable[[], bytes] | None = make
        self._made = b""
        self._lock = threading.Lock()

    def __call__(self) -> bytes:
        with self._lock:
            if self._make is not None:
                self._made, self._make = self._make(), None
            return self._made
