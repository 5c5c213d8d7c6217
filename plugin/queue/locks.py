"""Who is alive, told by locks that the operating system drops when their holder dies: no clock takes part."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from stfam.plugin.queue.errors import queue_files


class ProcessLock:
    """An exclusive lock on a file for the life of this process or until `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path)

    def acquire(self, timeout: float = 0.0) -> bool:
        """Whether the lock is ours now; waits at most `timeout` seconds for it.

        Raises:
            QueueAccessError: the file cannot be made or opened.
        """
        with queue_files(self._path):
            try:
                self._lock.acquire(timeout=timeout)
            except Timeout:
                return False
        return True

    def release(self) -> None:
        self._lock.release(force=True)

    def __enter__(self) -> ProcessLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_free(path: Path) -> bool:
    """Whether no living process holds the lock at `path`."""
    lock = ProcessLock(path)
    if not lock.acquire():
        return False
    lock.release()
    return True


def forget_lock(path: Path) -> None:
    """Take the file of a lock away that nobody will ask for again; where it may not be, it stays, and is free."""
    with contextlib.suppress(OSError):
        path.unlink()
