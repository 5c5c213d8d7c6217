"""Ends the worker when its parent is gone, also where the parent's end of the pipe is held by someone else."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

INTERVAL = 1.0
"""Seconds between looks."""


def watch_parent(end: Callable[[], None]) -> None:
    """Call `end` on a thread once the parent process is gone.

    Where the system does not tell of it (Windows keeps the number of a dead parent), the end of standard input does.
    """
    if sys.platform == "win32":
        return
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(INTERVAL)
        end()

    threading.Thread(target=look, name="stfam-parent-watch", daemon=True).start()
