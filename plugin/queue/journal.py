"""What a render process says of its frames, also on disk: so that nothing is forgotten if the runner dies.

A line is the claim's number, a tab and the event as JSON. The process appends it right after the frame is in place.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from stfam.plugin.queue.errors import queue_files
from stfam.plugin.queue.frame_events import FrameEvent, decode_event, decode_frame_events


class Journal:
    """The writing end; a path of "" writes nothing (a worker that does not see the queue's folder).

    One that cannot be written stops no render, as the runner is told of the frames as well: that is said once.
    """

    def __init__(self, path: str, claim: int) -> None:
        self._claim = claim
        self._torn = self._complained = False
        self._file: BinaryIO | None = None
        if path and Path(path).parent.is_dir():
            try:
                self._file = open(path, "ab", buffering=0)  # noqa: SIM115  (closed by `close`)
            except OSError as error:
                self._complain(error)

    def write(self, line: str) -> None:
        """Append the event of a line, in a single write, if it tells of frames or of the start."""
        if self._file is None or not (decode_frame_events(line) or _begins(line)):
            return
        data = b"\n" * self._torn + f"{self._claim}\t{line}\n".encode()
        try:
            self._torn = self._file.write(data) < len(data)
        except OSError as error:
            self._torn = True
            self._complain(error)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            said = f"The task's journal cannot be written: {error}. Should its runner die, frames may go uncounted."
            print(said, file=sys.stderr, flush=True)
        self._complained = True


def begun_before(path: Path, claim: int) -> bool:
    """Whether the task had begun before its latest start, and so had told which frames it found finished.

    A claim starts more than once when Dask gives the task of a dead worker to another one.
    """
    parts = (line.partition("\t") for line in _lines(path))
    return sum(told.isdecimal() and int(told) <= claim and _begins(event) for told, _, event in parts) > 1


def _begins(line: str) -> bool:
    data = decode_event(line)
    return data is not None and data["event"] == "started"


def read_journal(path: Path, claim: int) -> list[FrameEvent]:
    """The frame events of one claim; a half-written last line is left out."""
    found: list[FrameEvent] = []
    for line in _lines(path):
        told, _, event = line.partition("\t")
        if told == str(claim):
            found += decode_frame_events(event)
    return found


def _lines(path: Path) -> list[str]:
    """Of a journal; none where there is none.

    Raises:
        QueueAccessError: it may not be read.
    """
    with queue_files(path):
        try:
            return path.read_bytes().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
