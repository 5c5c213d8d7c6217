"""What can go wrong in the queue itself, as sentences an artist can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stfam.core.errors import StfamError


class QueueError(StfamError):
    """The queue cannot do what was asked."""

    exit_status = 2


class JobFileError(QueueError):
    """A job that does not hold together: an unknown field, a path that leaves its folder, too many frames."""


class NoSuchJobError(QueueError):
    """There is no job of that number; `number` is what was asked for."""

    def __init__(self, number: int) -> None:
        super().__init__(f"There is no job {number} in this queue. `stfam queue list` shows every job.")
        self.number = number


class TransitionError(QueueError):
    """An action that the state does not allow."""


class QueueFilesError(QueueError):
    """The queue's own files do not do what they should; `path` is the file or folder."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


class QueueBusyError(QueueFilesError):
    """Another process kept the queue's database locked for longer than this one waits."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(
            path,
            f"The queue {path} has been locked by another program for {seconds:g} s. Close what holds it open "
            "(a backup, a database browser) and run the command again; nothing was changed.",
        )


class QueueAccessError(QueueFilesError):
    """The queue's files may not be read or written."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__(
            path,
            f"The queue's {path} cannot be opened or written: {cause}. Check who may write there and that it is in "
            "place, or name another folder (--queue DIR).",
        )


class QueueDamagedError(QueueFilesError):
    """The queue's database is not readable as one."""

    exit_status = 3

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__(
            path,
            f"The queue {path} is damaged ({cause}). `stfam queue repair` sets it aside and queues its jobs again "
            "from their own files; frames that are finished are not rendered again.",
        )


class QueueFullError(QueueFilesError):
    """There is no room on the disk that holds the queue."""

    exit_status = 6

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"No space is left for the queue {path}. Free some, then run the command again.")


@contextmanager
def queue_files(path: Path) -> Iterator[None]:
    """Say what the operating system refuses of the queue's files at `path`.

    Raises:
        QueueFullError, QueueAccessError
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise QueueFullError(path) from error
        raise QueueAccessError(path, error.strerror or str(error)) from error
