"""The worker client with its answers delivered on the Qt thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance

from stfam.core.errors import StfamError
from stfam.core.worker.client import WorkerClient, WorkerGone
from stfam.core.worker.messages import Hello, Request
from stfam.core.worker.protocol import PROTOCOL_VERSION, Event

Result = dict[str, Any]
Done = Callable[[Result], None]
Failed = Callable[[Exception], None]


class WorkerLink(QObject):
    """Starts the worker and talks to it; every callback and signal arrives on the Qt thread.

    What an earlier worker says or answers is dropped. Nothing here waits for the worker.

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
    _answered = Signal(int, object)
    _heard = Signal(int, object)
    _left = Signal(int, object)

    def __init__(self, command: Callable[[], Sequence[str]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command
        self._client: WorkerClient | None = None
        self._age, self._greeted = 0, False
        self._waiting: dict[int, tuple[Done, Failed]] = {}
        for signal, slot in ((self._answered, self._answer), (self._heard, self._hear), (self._left, self._end)):
            signal.connect(slot, Qt.ConnectionType.QueuedConnection)

    @property
    def age(self) -> int:
        """Another number for each worker."""
        return self._age

    @property
    def alive(self) -> bool:
        """Whether a worker runs."""
        return self._client is not None and self._client.alive

    @property
    def ready(self) -> bool:
        """Whether a worker runs and speaks our protocol."""
        return self.alive and self._greeted

    @property
    def pid(self) -> int:
        """The worker's process id; 0 for none."""
        return self._client.pid if self._client else 0

    def start(self) -> None:
        """Start a worker in place of the one there is or was."""
        self.stop()
        age = self._age
        try:
            self._client = WorkerClient(
                self._command(),
                on_event=lambda event: self._post(self._heard, age, event),
                on_exit=lambda gone: self._post(self._left, age, gone),
            )
        except Exception as error:  # the reason, whatever it is, is shown to the artist with the restart button
            self.refused.emit(str(error))
            return
        self.ask(Hello(PROTOCOL_VERSION, "panel"), lambda _: self._greet(), self._refuse)

    def ask(self, request: Request, done: Done, failed: Failed) -> int:
        """Send a request and return its id; `done` or `failed` is called later, or `gone` emitted where the worker
        ends first. Where there is no worker, `failed` is called, and the id is 0."""
        if self._client is None:
            QTimer.singleShot(0, self, lambda: failed(StfamError("The worker is not running. Start it again.")))
            return 0
        age = self._age
        number, future = self._client.send(request)
        self._waiting[number] = (done, failed)
        future.add_done_callback(lambda finished: self._post(self._answered, age, (number, finished)))
        return number

    def tell(self, request: Request) -> None:
        """Send a request whose answer does not matter."""
        self.ask(request, lambda _: None, lambda _: None)

    def stop(self) -> None:
        """End the worker; one that hangs is ended by force, beside the panel's own work."""
        client = self._forget()
        if client is not None:
            threading.Thread(target=client.close, name="stfam-worker-close").start()

    def _forget(self) -> WorkerClient | None:
        """Let the worker go, and with it what it was asked."""
        client, self._client = self._client, None
        self._age, self._greeted = self._age + 1, False
        self._waiting.clear()
        return client

    def _post(self, signal: SignalInstance, age: int, what: object) -> None:
        """Bring something from a thread of the client's to the Qt thread."""
        if age == self._age:
            signal.emit(age, what)

    def _greet(self) -> None:
        self._greeted = True
        self.started.emit()

    def _answer(self, age: int, answer: tuple[int, Future[Result]]) -> None:
        number, future = answer
        if age != self._age:
            return
        done, failed = self._waiting.pop(number)
        error = future.exception()
        if error is None:
            done(future.result())
        elif isinstance(error, Exception) and not isinstance(error, WorkerGone):
            failed(error)

    def _hear(self, age: int, event: Event) -> None:
        if age == self._age:
            self.said.emit(event)

    def _refuse(self, error: Exception) -> None:
        self.stop()
        self.refused.emit(str(error))

    def _end(self, age: int, gone: WorkerGone) -> None:
        if age == self._age:
            self._forget()
            self.gone.emit(gone)
