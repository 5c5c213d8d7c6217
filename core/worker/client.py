"""The worker process as its parent sees it: requests out, replies and events in (standard library only)."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import IO, Any

from stfam.core.errors import StfamError
from stfam.core.worker.environment import worker_surroundings
from stfam.core.worker.messages import Hello, Request, Shutdown
from stfam.core.worker.protocol import (
    PROTOCOL_VERSION,
    Call,
    Event,
    Failure,
    ProtocolError,
    Reply,
    decode_answer,
    encode_call,
)

STDERR_LINES = 40
"""How many last lines of the worker's own output are kept for an error report."""


class WorkerError(StfamError):
    """A request that the worker refused; `failure` carries the kind, the sentence and the data."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, **(failure.data or {}))
        self.failure = failure
        self.exit_status = failure.exit_status


class WorkerGone(StfamError):
    """The worker process ended; finished frames are in the cache, and a new worker goes on from them."""

    def __init__(self, status: int | None, last_lines: Sequence[str] = ()) -> None:
        said = f" It last said: {last_lines[-1]}" if last_lines else ""
        super().__init__(f"The worker process ended (status {status}). Start it again to go on.{said}", status=status)
        self.status = status
        self.last_lines = tuple(last_lines)


class WorkerClient:
    """One worker process.

    A writer thread hands requests over, so that a worker that does not read holds nobody up. A reader thread decodes
    what the worker says: replies resolve the future that `send` returned, events go to `on_event`, and the end of the
    process goes to `on_exit`, once, but not after `close`. All three happen on the reader thread.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        on_event: Callable[[Event], None] = lambda event: None,
        on_exit: Callable[[WorkerGone], None] = lambda gone: None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """Start `command`.

        Raises:
            WorkerGone: the program cannot be started at all.
        """
        self._on_event, self._on_exit = on_event, on_exit
        self._pending: dict[int, Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._next_id = 1
        self._closing = False
        self._gone: WorkerGone | None = None
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._process = _start(command, environment)
        self._reader = threading.Thread(target=self._read, name="stfam-worker-reader", daemon=True)
        self._writer = threading.Thread(target=self._write, name="stfam-worker-writer", daemon=True)
        self._listener = threading.Thread(target=self._listen, name="stfam-worker-stderr", daemon=True)
        for thread in (self._listener, self._writer, self._reader):
            thread.start()

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def send(self, request: Request) -> tuple[int, Future[dict[str, Any]]]:
        """Send a request and return its id and the future of its result; never waits for the worker.

        The future's exception is a WorkerError, or WorkerGone when the process ends first.
        """
        future: Future[dict[str, Any]] = Future()
        with self._lock:
            number, self._next_id = self._next_id, self._next_id + 1
            if self._gone is None:
                self._pending[number] = future
                self._lines.put(encode_call(Call(number, request)))
            else:
                future.set_exception(self._gone)
        return number, future

    def call(self, request: Request, timeout: float | None = None) -> dict[str, Any]:
        """Send a request and wait for its result. For scripts; a panel uses `send`.

        Raises:
            WorkerError, WorkerGone, TimeoutError.
        """
        return self.send(request)[1].result(timeout)

    def hello(self, name: str, timeout: float | None = None) -> dict[str, Any]:
        """Agree on the protocol version.

        Raises:
            WorkerError: the worker speaks another version.
        """
        return self.call(Hello(PROTOCOL_VERSION, name), timeout)

    def close(self, grace: float = 3.0) -> int | None:
        """Ask the worker to end, wait `grace` seconds, then end it. Returns its exit status."""
        self._closing = True
        self.send(Shutdown())
        self._lines.put(None)
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(grace)
        return self._process.returncode

    def _write(self) -> None:
        """Hand over line after line; who waits for an answer hears of a broken pipe when the process has ended."""
        assert self._process.stdin is not None
        while (line := self._lines.get()) is not None:
            try:
                self._process.stdin.write(line)
                self._process.stdin.flush()
            except OSError:
                break
        _close(self._process.stdin)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                answer = decode_answer(line)
            except ProtocolError as error:
                self._stderr.append(str(error))
                continue
            if isinstance(answer, Event):
                self._on_event(answer)
            else:
                self._resolve(answer)
        self._end()

    def _resolve(self, reply: Reply) -> None:
        with self._lock:
            future = self._pending.pop(reply.id, None)
        if future is None:
            return
        if reply.error is not None:
            future.set_exception(WorkerError(reply.error))
        else:
            future.set_result(reply.result or {})

    def _end(self) -> None:
        status = self._process.wait()
        self._listener.join(1.0)
        gone = WorkerGone(status, tuple(self._stderr))
        with self._lock:
            self._gone = gone
            pending, self._pending = list(self._pending.values()), {}
        for future in pending:
            future.set_exception(gone)
        self._lines.put(None)
        self._writer.join(1.0)
        for stream in (self._process.stdout, self._process.stderr):
            _close(stream)
        if not self._closing:
            self._on_exit(gone)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._stderr.append(line.decode("utf-8", "replace").rstrip())


def _close(stream: IO[bytes] | None) -> None:
    try:
        if stream is not None:
            stream.close()
    except OSError:
        pass  # a pipe whose other end is gone is closed all the same


def _start(command: Sequence[str], environment: dict[str, str] | None) -> subprocess.Popen[bytes]:
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**worker_surroundings(), **(environment or {})},
            creationflags=flags,
        )
    except OSError as error:
        raise WorkerGone(None, [f"{command[0]}: {error.strerror or error}"]) from error
