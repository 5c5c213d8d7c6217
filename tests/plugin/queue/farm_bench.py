"""A scheduler and workers on loopback while a test runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable


class Farm:
    """`stfam farm local N` while a test runs."""

    def __init__(self, workers: int, environment: dict[str, str], port: int = 0, *, gpus: bool = False) -> None:
        command = [sys.executable, "-m", "stfam.plugin.cli", "farm", "local", str(workers), "--json"]
        command += ["--gpus"] if gpus else []
        self._process = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        try:
            said = json.loads(self._process.stdout.readline())
        except ValueError:
            self.end()
            raise
        self.address: str = said["scheduler"]
        self.scheduler: int = said["scheduler_pid"]
        self.workers: list[int] = said["worker_pids"]

    def end(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)


StartFarm = Callable[..., Farm]
