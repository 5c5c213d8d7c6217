"""A scheduler and workers on loopback while a test runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable

from queue_bench import PATIENCE


class Farm:
    """`stfam farm local N` while a test runs."""

    def __init__(self, workers: int, environment: dict[str, str], port: int = 0, *, gpus: bool = False) -> None:
        command = [sys.executable, "-m", "stfam.plugin.cli", "farm", "local", str(workers), "--json"]
        command += ["--gpus"] if gpus else []
        self._process = subprocess.Popen(
            [*command, "--port", str(port)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._said = ""
        assert self._process.stdout is not None
        try:
            said = json.loads(self._process.stdout.readline())
        except ValueError as error:
            status, words = self.end()
            raise AssertionError(f"no farm; it ended with {status}: {words}") from error
        self.address: str = said["scheduler"]
        self.scheduler: int = said["scheduler_pid"]
        self.workers: list[int] = said["worker_pids"]

    def end(self, number: int = signal.SIGTERM, *, within: float = PATIENCE) -> tuple[int, str]:
        """Stop it by a signal, if it has not ended; returns its exit status and what it said on stderr."""
        self._process.send_signal(number)
        return self.wait(within)

    def wait(self, within: float = PATIENCE) -> tuple[int, str]:
        """Its exit status and what it said on stderr, once it has ended."""
        _, said = self._process.communicate(timeout=within)
        return self._process.returncode, said or self._said

    def said_next(self) -> str:
        """The next line on stderr."""
        assert self._process.stderr is not None
        self._said = self._process.stderr.readline()
        return self._said


StartFarm = Callable[..., Farm]
