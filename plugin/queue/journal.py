"""What a render process says of its frames, also on disk: so that nothing is forgotten if the runner dies.

A line is the claim's number, a tab and the event as JSON. The process appends it right after the frame is in place.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from stfam.plugin.queue.frame_events import FrameEvent, decode_frame_events


class Journal:
    """The writing end; a path of "" writes nothing (a worker that does not see the queue's folder)."""

    def __init__(self, path: str, claim: int) -> None:
        self._claim = claim
        self._file: BinaryIO | None = None
        if path and Path(path).parent.is_dir():
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115  (closed by `close`)

    def write(self, line: str) -> None:
        """Append one event, in a single write."""
        if self._file is not None:
            self._file.write(f"{self._claim}\t{line}\n".encode())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def read_journal(path: Path, claim: int) -> list[FrameEvent]:
    """The frame events of one claim; a half-written last line is left out."""
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    found: list[FrameEvent] = []
    for line in text.splitlines():
        told, _, event = line.partition("\t")
        if told == str(claim):
            found += decode_frame_events(event)
    return found
