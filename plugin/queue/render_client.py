"""The runner's end of a render process: started when first needed, kept warm, replaced when it dies."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from stfam.plugin.queue.assignment import CRASH_STATUS

Say = Callable[["Said"], None]

LOG_END = "\x1e"
"""The line on stderr that says that a task's log is complete; no program writes a record separator by itself."""
LOG_SECONDS = 2.0


@dataclass(frozen=True)
class Said:
    """What comes from a render process about the task `token`: a line, a line of its log, or its end."""

    token: str
    line: str = ""
    log: str = ""
    status: int | None = None


class RenderProcess:
    """One process that renders one task at a time.

    Attributes:
        environment: what it was started with: a task that wants another needs another process.
        token: of the task that it renders; empty between tasks.
    """

    def __init__(self, program: Sequence[str], environment: Mapping[str, str], say: Say) -> None:
        self.environment = dict(environment)
        self._say = say
        self.token = ""
        self._dead = False
        self._lock = threading.Lock()
        self._log_told = threading.Event()
        self._process = subprocess.Popen(
            list(program),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
            **_own_group(),
        )
        self._readers = [
            threading.Thread(target=self._read_answers, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_log, args=(self._process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def run(self, token: str, request: Mapping[str, Any]) -> None:
        """Begin a task; its end is said with a status, at once by a process that died meanwhile."""
        with self._lock:
            self.token, dead = token, self._dead
        self._log_told.clear()
        self._send({"run": {"token": token, **request}})
        if dead:
            self._finish(token, CRASH_STATUS)

    def stop(self, token: str) -> None:
        """Ask the task to end within a frame."""
        self._send({"stop": token})

    def kill(self) -> None:
        """End the process now; its task's end is said as a crash."""
        self._process.kill()

    def close(self, seconds: float) -> None:
        """End the process: politely, and after `seconds` without asking."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it may be dead already
                self._process.stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(5.0)

    def _send(self, message: Mapping[str, Any]) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # it died, and the reader says so
                self._process.stdin.write(json.dumps(message).encode() + b"\n")
                self._process.stdin.flush()

    def _read_answers(self, stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                ended = _ended(line)
                if ended is not None:
                    self._log_told.wait(LOG_SECONDS)  # the log comes another way and may be a little behind
                    self._finish(*ended)
                elif not line.startswith('{"ready"'):
                    self._say(Said(self.token, line=line))
        status = self._process.wait()
        with self._lock:
            token, self._dead = self.token, True
        if token:
            self._readers[1].join(LOG_SECONDS)
            self._finish(token, status or CRASH_STATUS)

    def _read_log(self, stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if line == LOG_END:
                    self._log_told.set()
                else:
                    self._say(Said(self.token, log=line))

    def _finish(self, token: str, status: int) -> None:
        if token == self.token:
            self.token = ""
            self._say(Said(token, status=status))


def _ended(line: str) -> tuple[str, int] | None:
    if not line.startswith('{"ended"'):
        return None
    data = json.loads(line)
    return str(data["token"]), int(data["ended"])


def _own_group() -> dict[str, Any]:
    """Ctrl-C in the runner's terminal reaches the runner alone, which then stops its processes in order."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
    return {"start_new_session": True}
