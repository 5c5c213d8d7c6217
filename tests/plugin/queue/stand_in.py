"""A render program that writes small files instead of mattes: as quick as the queue itself.

It keeps to what the queue relies on in `stfam`: frames appear whole, a second run skips those that are there, events
go out as JSON, a stop takes effect within a frame, and the exit status says what happened. A frame that is rendered
although it is there already is told in `twice.txt` beside it.

The environment may ask for trouble: STAND_IN_SECONDS a frame, STAND_IN_FSIZE bytes that it may write to one file.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stfam.core.frame_range import FrameRange
from stfam.core.shot import Shot
from stfam.plugin.queue.render_process import serve


class Stop(BaseException):
    pass


def frame_path(pattern: str, frame: int) -> Path:
    return Path(pattern.replace("####", f"{frame:04d}"))


def whole(frame: int) -> str:
    """What a frame's file holds."""
    return f"{frame}\n" * 2000


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser()
    for name in ("step", "shot"):
        options.add_argument(name)
    for name in ("--frames", "--device"):
        options.add_argument(name)
    for name in ("--json", "--continue-on-error"):
        options.add_argument(name, action="store_true")
    arguments = options.parse_args(argv)
    shot = Shot.load(arguments.shot)
    frames = tuple(FrameRange.parse(arguments.frames or str(shot.frames)))
    signal.signal(signal.SIGTERM, _stop)
    try:
        if arguments.step == "check":
            return _check(shot, frames)
        pattern = shot.output.matte if arguments.step == "matte" else str(shot.output.trimaps)
        return _render(shot, pattern, frames, arguments.continue_on_error)
    except Stop:
        return 143
    except OSError as error:
        print(f"ERROR: {error}", file=sys.stderr, flush=True)
        return 6


def _render(shot: Shot, pattern: str, frames: tuple[int, ...], go_on: bool) -> int:
    failed = 0
    present = [frame for frame in frames if frame_path(pattern, frame).exists()]
    _say(event="started", skipped=present)
    for index, frame in enumerate(sorted(set(frames) - set(present)), 1):
        started = time.monotonic()
        plate = frame_path(shot.plate, frame)
        if not plate.exists():
            if not go_on:
                print(f"ERROR: Plate frame {frame} is missing: {plate}", file=sys.stderr, flush=True)
                return 3
            _say(event="failed", frame=frame, message=f"{plate} is missing")
            failed += 1
            continue
        if pattern == shot.output.matte:
            _wait_for_gate(frame)
        time.sleep(float(os.environ.get("STAND_IN_SECONDS", "0.002")))
        with _whole_before_a_stop():
            _place(frame_path(pattern, frame), whole(frame))
            seconds = time.monotonic() - started
            _say(event="frame", frame=frame, index=index, seconds=seconds, paths=[str(frame_path(pattern, frame))])
    return 6 if failed else 0


def _wait_for_gate(frame: int) -> None:
    """With `STAND_IN_GATE` FRAME:FILE, mattes from that one on wait until the file is there.

    A number in the file is the first frame that waits from now on.
    """
    first, _, gate = os.environ.get("STAND_IN_GATE", "").partition(":")
    while gate and frame >= _first_waiting(int(first), Path(gate)):
        time.sleep(0.01)


def _first_waiting(first: int, gate: Path) -> float:
    try:
        return float(gate.read_text() or "inf")
    except FileNotFoundError:
        return first


def _place(path: Path, text: str) -> None:
    if pattern_is_queue_owned(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text)
        try:
            os.link(temporary, path)
        except FileExistsError:
            with open(path.parent / "twice.txt", "a") as audit:
                audit.write(f"{path}\n")
    finally:
        temporary.unlink(missing_ok=True)


def pattern_is_queue_owned(path: Path) -> bool:
    return path.parent.name == "trimaps"


def _check(shot: Shot, frames: tuple[int, ...]) -> int:
    for frame in frames:
        path = frame_path(shot.output.matte, frame)
        if not path.exists() or path.read_text() != whole(frame):
            _say(event="failed", frame=frame, message=f"{path} does not read back")
            return 6
        _say(event="checked", frame=frame, seconds=0.0, paths=[str(path)])
    return 0


def _say(**event: object) -> None:
    print(json.dumps(event), flush=True)


def _stop(number: int, frame: object) -> None:
    raise Stop


@contextmanager
def _whole_before_a_stop() -> Iterator[None]:
    """A frame that is written is told too: a stop waits for the end of the block."""
    stops: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: stops.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, _stop)
    if stops:
        raise Stop


if __name__ == "__main__":
    if limit := os.environ.get("STAND_IN_FSIZE"):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    sys.exit(serve(main))
