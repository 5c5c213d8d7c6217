"""Each job's log on disk: what its tasks said, for `stfam queue log` and for the morning."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from stfam.plugin.queue.errors import queue_files
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.reports import JobEnded, Listener, Notice, Report, TaskStarted


class JobLogs:
    """A listener that appends each report to its job's log; a log that cannot be written stops no render.

    That it cannot is said once, until it can again.
    """

    def __init__(self, folder: QueueFolder) -> None:
        self._folder = folder
        self._lost: set[int] = set()

    def __call__(self, report: Report) -> None:
        if isinstance(report, Notice):
            return
        number = report.job.number if isinstance(report, JobEnded) else report.task.job
        at = f"{datetime.now():%Y-%m-%d %H:%M:%S} " if isinstance(report, (TaskStarted, JobEnded)) else ""
        try:
            with open(self._folder.log(number), "a", encoding="utf-8") as log:
                log.write(f"{at}{report.line()}\n")
            self._lost.discard(number)
        except OSError as error:
            if number not in self._lost:
                _complain(f"the log of job {number} cannot be written: {error}")
            self._lost.add(number)


class Printed:
    """A listener that prints reports by `show`; output that cannot be written, on a full disk say, stops no render.

    That it cannot is said once, until it can again. Where nobody reads it any more the runner ends.

    Raises:
        BrokenPipeError: nobody reads it; at the first report alone, so that the runner ends in order.
    """

    def __init__(self, show: Listener) -> None:
        self._show = show
        self._lost = self._unread = False

    def __call__(self, report: Report) -> None:
        if self._unread:
            return
        try:
            self._show(report)
            self._lost = False
        except BrokenPipeError:
            self._unread = True
            raise
        except OSError as error:
            if not self._lost:
                _complain(f"what the runner says cannot be written: {error}")
            self._lost = True


def follow_log(path: Path, ended: Iterator[bool], pause: float = 0.3) -> Iterator[str]:
    """The lines of a log, then its new lines as they come, until `ended` says that no more will.

    Raises:
        QueueAccessError: it is there and may not be read.
    """
    rest, position = "", 0
    while True:
        over = next(ended, True)
        added, position = _read_on(path, position)
        rest += added
        *lines, rest = rest.split("\n")
        yield from lines
        if over:
            return
        time.sleep(pause)


def _read_on(path: Path, position: int) -> tuple[str, int]:
    """What a log says from `position` on, and where it ends; nothing before a task's first word has made it."""
    with queue_files(path):
        try:
            with open(path, encoding="utf-8", errors="replace") as log:
                log.seek(position)
                return log.read(), log.tell()
        except FileNotFoundError:
            return "", position


def _complain(text: str) -> None:
    """Say that something cannot be written, where that can be."""
    with contextlib.suppress(OSError):
        print(f"ERROR: {text}", file=sys.stderr, flush=True)
