"""A Dask scheduler or worker as a child of this process, with what it says kept in a file."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stfam.core.child_command import child_command

END_SECONDS = 10.0
_QUIET = {"DASK_LOGGING__DISTRIBUTED": "error"}
"""What goes well is not told, so that the last thing a child said is why it ended."""


class ChildProcess:
    """`stfam.plugin.queue.farm.child` with some arguments; it ends when this process does.

    Args:
        name: what it is called in messages.
        log: the file for what it says.
    """

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._name = name
        self._log = log
        with log.open("wb") as stream:
            self._process = subprocess.Popen(
                child_command("stfam.plugin.queue.farm.child", *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stream,
                env={**_QUIET, **os.environ, **environment},
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status, negative for a signal; None while it lives."""
        return self._process.poll()

    def last_words(self) -> str:
        """The last line that it said, in brackets behind a space; nothing if it said none."""
        lines = self._log.read_bytes().decode("utf-8", "replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f" ({said})" if said else ""

    def obituary(self) -> str:
        """That it has ended, and how."""
        if self.status is not None and self.status < 0:
            return f"{self._name} has ended by signal {-self.status}"
        return f"{self._name} has ended with {self.status}{self.last_words()}"

    @staticmethod
    def end_all(children: Sequence[ChildProcess]) -> None:
        """End `children`; those that do not within some seconds are killed."""
        for child in children:
            child._process.terminate()
        deadline = time.monotonic() + END_SECONDS
        for child in children:
            try:
                child._process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child._process.kill()
                child._process.wait()
