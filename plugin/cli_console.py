"""How a job's events look on a terminal, in a log and as JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from stfam.core.errors import StfamError
from stfam.core.job_events import Event, FrameDone, FrameFailed, JobFinished, JobStarted, Notice, event_json

BAR_WIDTH = 30
_CLEAR = "\r\x1b[2K"
"""Takes a progress bar off the line."""

Listener = Callable[[Event], None]


def listener(as_json: bool, out: TextIO | None = None) -> Listener:
    """The listener that suits the output: JSON lines, a progress bar on a terminal, plain lines otherwise."""
    stream = out or sys.stdout
    if as_json:
        return lambda event: _write_json(event_json(event), stream)
    return TerminalLog(stream) if _shows_bar(stream) else PlainLog(stream)


def print_error(error: StfamError, as_json: bool, exit_status: int) -> None:
    """The line that tells a person, or a wrangler's script, what went wrong and with which status the process ends."""
    if as_json:
        line = {"event": "error", "kind": type(error).__name__, "message": str(error), "exit_status": exit_status}
        _write_json(line, sys.stdout)
    elif _shows_bar(sys.stdout):
        print(_CLEAR, end="", flush=True)
    print(f"ERROR: {error}", file=sys.stderr, flush=True)


class PlainLog:
    """One line an event, for logs and farms."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __call__(self, event: Event) -> None:
        """Print an event."""
        for line in describe(event):
            print(line, file=sys.stderr if line.startswith("ERROR:") else self.stream, flush=True)


class TerminalLog:
    """A progress bar with the time left; everything but finished frames scrolls above it."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.started = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, FrameDone):
            columns = shutil.get_terminal_size().columns
            text = bar(event.index, event.total, time.monotonic() - self.started, event.frame, columns)
        else:
            if isinstance(event, JobStarted):
                self.started = time.monotonic()
            text = "".join(line + "\n" for line in describe(event))
        self.stream.write(_CLEAR + text)
        self.stream.flush()


def describe(event: Event) -> list[str]:
    """An event in plain lines."""
    if isinstance(event, FrameDone):
        paths = " ".join(event.paths)
        return [f"Frame {event.frame} ({event.index}/{event.total}) {event.seconds:.1f}s -> {paths}"]
    if isinstance(event, FrameFailed):
        return [f"ERROR: Frame {event.frame}: {event.message}"]
    if isinstance(event, Notice):
        return [f"Note: {event.message}"]
    if isinstance(event, JobStarted):
        return _started(event)
    return [_finished(event)]


def bar(done: int, total: int, seconds: float, frame: int, columns: int = 80) -> str:
    """A progress bar with the time left, judged by the frames so far, on one line: what wraps is not erased whole."""
    left = seconds / max(done, 1) * (total - done)
    text = f"{done}/{total}  frame {frame}  {clock_text(left)} left"
    width = min(BAR_WIDTH, columns - len(f"[] {text}") - 1)
    if width < 5:
        return text[: columns - 1]
    filled = width * done // max(total, 1)
    return f"[{'#' * filled}{'.' * (width - filled)}] {text}"


def clock_text(seconds: float) -> str:
    """A duration as people read it: 45s, 3:20, 1:02:03."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _shows_bar(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _write_json(data: dict[str, Any], stream: TextIO) -> None:
    """A line in one write, which a signal leaves whole; in ASCII, whatever the stream's encoding is."""
    stream.write(json.dumps(data) + "\n")
    stream.flush()


def _started(event: JobStarted) -> list[str]:
    todo = event.requested - len(event.skipped)
    lines = [f"{todo} of {event.requested} frames to {event.step}" + (f" on {event.device}" if event.device else "")]
    if event.skipped:
        lines.append(f"{len(event.skipped)} frames are finished and still hold: skipped")
    return lines


def _finished(event: JobFinished) -> str:
    counts = f"{event.rendered} frames written, {event.skipped} skipped, {event.failed} failed"
    return f"{counts} in {clock_text(event.seconds)}"
