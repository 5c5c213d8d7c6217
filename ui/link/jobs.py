"""Propagating, matting and exporting: what runs, how far it is, and what is left after the worker died."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal

from stfam.core.frame_range import FrameRange
from stfam.core.worker.client import WorkerError
from stfam.core.worker.messages import Cancel, Export, Matte, Propagate
from stfam.core.worker.protocol import Event
from stfam.ui.link.frame_store import FrameStore
from stfam.ui.link.shot_sync import ShotSync
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.basis import Basis
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.messages import Messages

TITLES = {"propagate": "Propagating", "matte": "Matting", "export": "Exporting"}


@dataclass
class Job:
    """One piece of work at the worker.

    Attributes:
        kind: propagate, matte or export.
        frames: what was asked for.
        basis: the shot as it was when the job began, which works on with that.
        finished: frames that are done.
        reason: why the first frame that failed did; empty where none failed.
        id: of the request; 0 while it is not sent, or after the worker died.
        done, total, seconds_left: as the worker told them.
        stopping: whether it was cancelled; it ends with the frame in hand.
    """

    kind: str
    frames: tuple[int, ...]
    basis: Basis
    finished: set[int] = field(default_factory=set)
    reason: str = ""
    id: int = 0
    total: int = 0
    done: int = 0
    seconds_left: float | None = None
    stopping: bool = False
    _compared: tuple[Basis, set[tuple[Lane, int]]] | None = None

    def outgrown(self, document: Document) -> set[tuple[Lane, int]]:
        """The results that would be others if they were made of the document as it is now; kept while it is."""
        now = Basis.of(document)
        if self._compared is None or self._compared[0] != now:
            self._compared = now, self.basis.outgrown(document)
        return self._compared[1]

    @property
    def left(self) -> tuple[int, ...]:
        """Frames that are not done."""
        return tuple(frame for frame in self.frames if frame not in self.finished)


class Jobs(QObject):
    """Runs one job at a time.

    Signals:
        changed: the job started, went on or ended.
        finished(kind, result): a job came to its end; the result has the job's `reason` too.
    """

    changed = Signal()
    finished = Signal(str, dict)

    def __init__(
        self,
        link: WorkerLink,
        document: Document,
        sync: ShotSync,
        states: FrameStates,
        store: FrameStore,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._link, self._document, self._sync = link, document, sync
        self._states, self._store, self._messages = states, store, messages
        self.current: Job | None = None
        self.device = ""
        self._at_worker: dict[int, Job] = {}  # also one that was to stop and ends with the frame in hand
        link.said.connect(self._hear)

    @property
    def running(self) -> bool:
        """Whether the worker works on a job."""
        return self.current is not None and self.current.id != 0

    @property
    def interrupted(self) -> bool:
        """Whether a job waits for the worker."""
        return self.current is not None and self.current.id == 0

    def start(self, kind: str, frames: tuple[int, ...]) -> None:
        """Begin a job; one that runs is cancelled first. It waits where the worker has not opened the shot yet."""
        if not frames:
            return
        self.stop()
        self._messages.clear_errors()
        self._sync.send()
        if self._sync.problem:
            self._messages.warn(self._sync.problem)
            return
        job = Job(kind, frames, Basis.of(self._document))
        self.current = job
        if self._sync.attached:
            job.id = self._link.ask(
                _request(kind, str(FrameRange.of(frames))),
                lambda result: self._finish(job, result),
                lambda error: self._fail(job, error),
            )
            self._at_worker[job.id] = job
        self.changed.emit()

    def stop(self) -> None:
        """Cancel the job; its finished frames stay."""
        if self.current is not None and self.current.id:
            self.current.stopping = True
            self._link.tell(Cancel(self.current.id))
            self.changed.emit()
        else:
            self.drop()

    def interrupt(self) -> None:
        """The worker died: remember what is left, but not of a job that was to stop."""
        self._at_worker.clear()
        self.device = ""
        if self.current is not None:
            self.current.id = 0
            self.changed.emit()
            if self.current.stopping:
                self.drop()

    def resume(self) -> None:
        """Go on with what waits for the worker, from its finished frames."""
        job = self.current
        if job is not None and not job.id:
            self.drop()
            self.start(job.kind, job.left)

    def drop(self) -> None:
        """Forget a job that waits for the worker."""
        if self.interrupted:
            self.current = None
            self.changed.emit()

    def leave(self) -> None:
        """Another shot is open; the worker ends by itself what it did for the one before, and nothing is told of it."""
        self._at_worker.clear()
        if self.current is not None:
            self.current = None
            self.changed.emit()

    def _finish(self, job: Job, result: dict[str, Any]) -> None:
        if not self._ended(job):
            return
        self.finished.emit(job.kind, {**result, "reason": job.reason})
        self._sync.refresh()

    def _fail(self, job: Job, error: Exception) -> None:
        if not self._ended(job):
            return
        if not (isinstance(error, WorkerError) and error.failure.kind == "Cancelled"):
            self._messages.warn(str(error))
        self._sync.refresh()

    def _ended(self, job: Job) -> bool:
        """Let go of a job that the worker answered; whether that was of the shot that is open."""
        if self._at_worker.get(job.id) is not job:
            return False
        del self._at_worker[job.id]
        if self.current is job:
            self.current = None
            self.changed.emit()
        return True

    def _hear(self, event: Event) -> None:
        data, job = event.data, self._at_worker.get(event.job)
        if event.event == "device":
            self.device = data["text"]
            if data.get("fallback"):
                self._messages.warn(data["text"])
            self.changed.emit()
        elif event.event == "warning":
            self._messages.warn(data["text"])
        elif job is not None:
            self._advance(job, event.event, data)

    def _advance(self, job: Job, event: str, data: dict[str, Any]) -> None:
        if event == "progress":
            job.done, job.total, job.seconds_left = data["done"], data["total"], data["seconds_left"]
        elif event == "frame_failed":
            lane = Lane.TRIMAP if job.kind == "propagate" else Lane.MATTE
            self._states.put(lane, data["frame"], State.FAILED, data["message"])
            job.reason = job.reason or f"Frame {data['frame']}: {data['message']}"
        elif event == "frame_done":
            self._take_frame(job, data["frame"], data["stage"])
        self.changed.emit()

    def _take_frame(self, job: Job, frame: int, stage: str) -> None:
        if self._states.state(Lane.PLATE, frame) is State.FAILED:
            self._store.outdate([frame], ["plate"])
        if stage == "trimap":
            self._put(job, Lane.TRIMAP, frame, State.FRESH)
            self._store.outdate([frame], ["trimap"])
        elif stage in ("matte", "preview"):
            self._put(job, Lane.MATTE, frame, State.FRESH if stage == "matte" else State.PROXY)
            self._store.outdate([frame], ["alpha", "foreground", "comp", "edge"])
        if stage == {"propagate": "trimap", "matte": "matte", "export": "file"}[job.kind]:
            job.finished.add(frame)

    def _put(self, job: Job, lane: Lane, frame: int, state: State) -> None:
        outgrown = (lane, frame) in job.outgrown(self._document)
        self._states.put(lane, frame, State.STALE if outgrown else state)


def _request(kind: str, frames: str) -> Propagate | Matte | Export:
    if kind == "propagate":
        return Propagate(frames)
    return Matte(frames) if kind == "matte" else Export(frames)
