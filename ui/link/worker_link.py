"""The worker client with its answers delivered on the Qt thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from stfam.core.worker.client import WorkerClient, WorkerGone
from stfam.core.worker.messages import Hello, Request
from stfam.core.worker.protocol import PROTOCOL_VERSION

Result = dict[str, Any]
Done = Callable[[Result], None]
Failed = Callable[[Exception], None]


class WorkerLink(QObject):
    """Starts the worker and talks to it; every callback and signal arrives on the Qt thread.

    Answers to requests that were sent to an earlier worker, or before `forget`, are dropped.

    Signals:
        said(Event): the worker said something unasked.
        gone(WorkerGone): the worker ended by itself.
        started: a worker runs and speaks our protocol.
        refused(text): the worker could not be started, or speaks another protocol.
    """

    said = Signal(object)
    gone = Signal(object)
    started = Signal()
    refused = Signal(str)
    _answered = Signal(int, int, object)

    def __init__(self, command: Callable[[], Sequence[str]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command
        self._client: WorkerClient | None = None
        self._age = 0
        self._waiting: dict[tuple[int, int], tuple[Done, Failed]] = {}
        self._answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)
        self._mail = _Mailbox(self)
        self._mail.said.connect(self.said, Qt.ConnectionType.QueuedConnection)
        self._mail.gone.connect(self._ended, Qt.ConnectionType.QueuedConnection)

    @property
    def alive(self) -> bool:
        """Whether a worker runs."""
        return self._client is not None and self._client.alive

    @property
    def pid(self) -> int:
        """The worker's process id; 0 for none."""
        return self._client.pid if self._client else 0

    def start(self) -> None:
        """Start a worker, or another one in place of one that ended."""
        self.forget()
        try:
            self._client = WorkerClient(self._command(), on_event=self._mail.said.emit, on_exit=self._mail.gone.emit)
        except Exception as error:  # the reason, whatever it is, is shown to the artist with the restart button
            self._client = None
            self.refused.emit(str(error))
            return
        self.ask(Hello(PROTOCOL_VERSION, "panel"), lambda _: self.started.emit(), self._refuse)

    def ask(self, request: Request, done: Done, failed: Failed) -> int:
        """Send a request; `done` or `failed` is called later. Returns its id, 0 where no worker runs."""
        if self._client is None:
            return 0
        number, future = self._client.send(request)
        age = self._age
        self._waiting[age, number] = (done, failed)
        future.add_done_callback(lambda finished: self._answered.emit(age, number, finished))
        return number

    def tell(self, request: Request) -> None:
        """Send a request whose answer does not matter."""
        self.ask(request, lambda _: None, lambda _: None)

    def forget(self) -> None:
        """Drop the answers to everything that was asked so far."""
        self._age += 1
        self._waiting.clear()

    def stop(self) -> None:
        """End the worker."""
        self.forget()
        if self._client is not None:
            self._client.close()
            self._client = None

    def _answer(self, age: int, number: int, future: Future[Result]) -> None:
        done, failed = self._waiting.pop((age, number), (None, None))
        if done is None or failed is None:
            return
        try:
            error = future.exception()
        except CancelledError:
            return
        if error is None:
            done(future.result())
        elif isinstance(error, Exception) and not isinstance(error, WorkerGone):
            failed(error)

    def _refuse(self, error: Exception) -> None:
        self.stop()
        self.refused.emit(str(error))

    def _ended(self, gone: WorkerGone) -> None:
        if self._client is not None and not self._client.alive:
            self.forget()
            self._client = None
            self.gone.emit(gone)


class _Mailbox(QObject):
    """Signals that the reader thread emits."""

    said = Signal(object)
    gone = Signal(object)
