"""`stfam farm task`: one step of a shot on one farm machine, with the messages that the farm understands."""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TextIO

from stfam.core.argument_parser import StoreOnce
from stfam.core.errors import StfamError, UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Shot
from stfam.core.whole_file import write_whole
from stfam.plugin.queue.commands import leaves_rest_to_check
from stfam.plugin.queue.extent import shot_extent
from stfam.plugin.queue.frame_events import decode_event, frame_events, frame_line
from stfam.plugin.queue.path_mapping import PathRule, map_shot, read_session_rules
from stfam.plugin.queue.plan import Step, frames_with_trimaps

Command = Callable[[list[str]], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `farm task`."""
    parser.add_argument("step", choices=[step.value for step in Step])
    parser.add_argument("shot", metavar="SHOT.stfam", type=Path)
    frames = "1001-1020, 1-9x2 or OpenJD's 1-9:2 (default: the shot's)"
    parser.add_argument("--frames", action=StoreOnce, metavar="RANGE", help=frames)
    parser.add_argument(
        "--messages", choices=("plain", "openjd"), default="plain", help="progress for the farm (plain)"
    )
    parser.add_argument(
        "--map", action="append", default=[], metavar="FROM=TO", help="a folder's name on this machine; may be repeated"
    )
    parser.add_argument("--path-mapping", type=Path, metavar="FILE", help="an OpenJD session's path mapping rules")
    parser.add_argument("--device", help="auto, cuda, cuda:N, mps or cpu (default: the shot's)")
    parser.add_argument(
        "--continue-on-error", action="store_true", help="leave frames that fail to the check, and end with 0"
    )


def answer(options: argparse.Namespace) -> int:
    """Run the step; returns the exit status."""
    from stfam.plugin.cli import main as command

    return run_task(options, command)


def run_task(options: argparse.Namespace, command: Command) -> int:
    """Run the step through `command`, which is `stfam`'s main function.

    Returns:
        the command's exit status; with --continue-on-error 0 where only frames failed: farms do not start the next step
        after a failure, and the check, which is the last one, finds what is missing.

    Raises:
        StfamError: the shot or the rules cannot be read.
    """
    try:
        shot = _mapped_shot(options)
        frames = _frames(options, shot)
    except StfamError as error:
        if options.messages == "openjd":
            print(f"openjd_fail: {error}", flush=True)
        raise
    with tempfile.TemporaryDirectory(prefix="stfam-task-") as folder:
        mapped = Path(folder) / "shot.stfam"
        write_whole(mapped, shot.to_json())
        lines = _Lines(sys.stdout, options.messages == "openjd", _frame_count(frames))
        with redirect_stdout(lines):
            status = command(_arguments(options, mapped, frames))
        return lines.end(status, options)


def _mapped_shot(options: argparse.Namespace) -> Shot:
    rules = [PathRule.parse(text) for text in options.map]
    if options.path_mapping is not None:
        rules += read_session_rules(options.path_mapping)
    return map_shot(Shot.load(options.shot), rules)


def _frames(options: argparse.Namespace, shot: Shot) -> str | None:
    """The frames of the step: those asked for, else the shot's; trimaps of the neighbours of these are made as well."""
    if options.frames:
        return str(options.frames).replace(":", "x")
    if options.step != Step.PROPAGATE.value:
        return shot.frames
    return str(FrameRange.of(frames_with_trimaps(shot_extent(shot), shot.settings.window)))


def _arguments(options: argparse.Namespace, shot: Path, frames: str | None) -> list[str]:
    arguments = [options.step, str(shot), "--json"]
    if frames:
        arguments.append(f"--frames={frames}")
    if options.step != Step.CHECK.value:
        arguments += ["--device", options.device] if options.device else []
        arguments += ["--continue-on-error"] if options.continue_on_error else []
    return arguments


def _frame_count(frames: str | None) -> int | None:
    try:
        return len(FrameRange.parse(frames)) if frames else None
    except UsageError:
        return None  # the command says it better


class _Lines(io.TextIOBase):
    """The command's JSON events as lines, and progress as OpenJD's messages where they are asked for."""

    def __init__(self, stream: TextIO, openjd: bool, total: int | None) -> None:
        self._stream, self._openjd, self._total = stream, openjd, total
        self._rest, self._done, self._error, self._failed = "", 0, "", 0

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._line(line)
        return len(text)

    def end(self, status: int, options: argparse.Namespace) -> int:
        """Say why the step failed, if it did; returns the exit status for the farm."""
        go_on, failed = options.continue_on_error, self._failed > 0
        if leaves_rest_to_check(options.step, status, continue_on_error=go_on, frames_failed=failed):
            self._print(f"Note: {self._failed} frames failed and are left to the check")
            return 0
        if self._openjd and status:
            self._print(f"openjd_fail: {self._error or f'exit status {status}'}")
        return status

    def _line(self, line: str) -> None:
        data = decode_event(line)
        if data is None:
            self._print(line)
            return
        events = frame_events(data)
        if not events and data.get("message"):
            self._error = str(data["message"]) if data["event"] == "error" else self._error
            self._print(f"Note: {data['message']}")
        for event in events:
            self._done += 1
            self._failed += event.state == "failed"
            self._error = event.note or self._error
            total = self._total or int(data.get("total") or self._done)
            self._print(frame_line(event, self._done, total))
            if self._openjd:
                self._print(f"openjd_progress: {min(100.0, 100 * self._done / total):.1f}")
                self._print(f"openjd_status: Frame {event.frame} ({self._done}/{total}) {event.state}")

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
