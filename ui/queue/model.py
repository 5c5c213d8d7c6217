"""What the queue page watches: jobs, one job's frames and log, and the few things that can be asked of a job."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True)
class QueueJob:
    """A job as the page shows it; `done` of `frames` are finished."""

    number: int
    name: str
    state: str
    priority: int
    done: int
    frames: int
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class QueueFrame:
    """A matte of the watched job; `picture` is an image file, empty where there is none yet."""

    frame: int
    state: str
    seconds: float
    note: str = ""
    picture: str = ""


class QueueModel(QObject):
    """The queue, from wherever it comes; the page listens and asks, and holds nothing itself.

    Signals:
        jobs_changed: `jobs` is another list.
        frames_changed: `frames` of the watched job is another list.
        log_begun: the watched job's log is told from its beginning.
        log_grew(text): lines were added to the watched job's log.
        failed(sentence): something that was asked for could not be done, or the queue cannot be followed; empty where
            it can be followed again.
    """

    jobs_changed = Signal()
    frames_changed = Signal()
    log_begun = Signal()
    log_grew = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs: tuple[QueueJob, ...] = ()
        self.frames: tuple[QueueFrame, ...] = ()
        self.watched: int | None = None

    def job(self, number: int | None) -> QueueJob | None:
        """The job of that number."""
        return next((job for job in self.jobs if job.number == number), None)

    def watch(self, number: int | None) -> None:
        """Follow the frames and the log of one job; None follows none."""
        raise NotImplementedError

    def ask(self, action: str, number: int) -> None:
        """Have `cancel`, `retry`, `pause` or `resume` done to a job."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop looking."""
        raise NotImplementedError
