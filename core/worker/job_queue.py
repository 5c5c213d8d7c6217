"""Jobs one after the other on a thread of their own, each of which can be cancelled."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from stfam.core.errors import Cancelled
from stfam.core.worker.protocol import ProtocolError
from stfam.core.worker.wire import Wire

Work = Callable[[Callable[[], bool]], dict[str, Any]]
"""Does the job; is told how to see that it was cancelled, and then raises Cancelled within one frame."""


class JobQueue:
    """Runs jobs and answers their requests."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting: queue.Queue[tuple[int, Work] | None] = queue.Queue()
        self._cancelled: dict[int, threading.Event] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="stfam-jobs", daemon=True)
        self._thread.start()

    def add(self, job: int, work: Work) -> None:
        """Do `work` after the jobs that wait; the reply to request `job` is its result.

        Raises:
            ProtocolError: a job of that number waits or runs.
        """
        with self._lock:
            if job in self._cancelled:
                raise ProtocolError(f"Request {job} is a job that is not over; each request takes a number of its own.")
            self._cancelled[job] = threading.Event()
        self._waiting.put((job, work))

    def cancel(self, job: int) -> bool:
        """Stop a job within one frame, or before it starts; False where it is over."""
        with self._lock:
            flag = self._cancelled.get(job)
        if flag is not None:
            flag.set()
        return flag is not None

    def cancel_all(self) -> None:
        """Stop everything."""
        with self._lock:
            flags = list(self._cancelled.values())
        for flag in flags:
            flag.set()

    def close(self, grace: float = 2.0) -> None:
        """Stop everything and wait for the frame in hand, `grace` seconds at most."""
        self.cancel_all()
        self._waiting.put(None)
        self._thread.join(grace)

    def _run(self) -> None:
        while (entry := self._waiting.get()) is not None:
            job, work = entry
            try:
                result = self._done(job, work)
            except Exception as error:  # whatever went wrong, the parent has to hear of it
                self._wire.refuse(job, error)
            else:
                self._wire.reply(job, result)

    def _done(self, job: int, work: Work) -> dict[str, Any]:
        """The result of a job, which is over by then: who has the answer cannot cancel it any more."""
        flag = self._cancelled[job]
        try:
            if flag.is_set():
                raise Cancelled("The job was cancelled before it started.")
            return work(flag.is_set)
        finally:
            with self._lock:
                del self._cancelled[job]
