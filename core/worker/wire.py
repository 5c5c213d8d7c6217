"""The worker's own end of the pipe: lines in, replies and events out, nothing else on standard output."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

from stfam.core.worker.protocol import Event, Reply, encode_event, encode_reply, failure


class Wire:
    """Writes whole lines from any thread."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._lock = threading.Lock()

    def lines(self) -> Iterator[bytes]:
        """What the parent sends, until it closes the pipe."""
        return iter(self._source.readline, b"")

    def reply(self, request: int, result: dict[str, Any]) -> None:
        """Answer a request."""
        self._send(encode_reply(Reply(request, result=result)))

    def refuse(self, request: int, error: BaseException) -> None:
        """Answer a request with an error."""
        self._send(encode_reply(Reply(request, error=failure(error))))

    def event(self, name: str, job: int = 0, /, **data: Any) -> None:
        """Say something unasked."""
        self._send(encode_event(Event(name, job, data)))

    def _send(self, line: bytes) -> None:
        with self._lock:
            try:
                self._sink.write(line)
                self._sink.flush()
            except (BrokenPipeError, ValueError):
                pass  # the parent is gone; the end of standard input ends the worker


def standard_wire() -> Wire:
    """The wire over standard input and output; whatever else writes to standard output goes to standard error."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return Wire(sys.stdin.buffer, sink)
