"""`stfam check`: every matte of a shot is there, reads back whole, has no NaN and the plate's size."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stfam.core.argument_parser import ArgumentParser
from stfam.core.errors import InputError, StfamError
from stfam.core.frame_range import FrameRange
from stfam.core.media.pattern import FramePattern
from stfam.core.media.plate import Plate, open_plate
from stfam.core.media.readback import read_back
from stfam.core.shot import Shot
from stfam.plugin.cli_answer import exit_status
from stfam.plugin.queue.extent import shot_extent

FAILED_STATUS = 6


@dataclass(frozen=True)
class CheckedFrame:
    """What was found: no `fault` is as it should be."""

    frame: int
    path: Path
    seconds: float
    fault: str | None = None


def main(argv: list[str]) -> int:
    """Run `stfam check`; 0 when every frame is as it should be, 6 when one is not."""
    parser = ArgumentParser("stfam check", description="Read the mattes of a shot back.")
    parser.add_argument("shot", metavar="SHOT.stfam", help="a shot file")
    parser.add_argument("--frames", metavar="RANGE", help="1001-1100, 1-10x2, commas; the shot's without it")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(argv)
    return exit_status(lambda: _check(options), as_json=options.json)


def _check(options: argparse.Namespace) -> int:
    shot = Shot.load(options.shot)
    wanted = tuple(FrameRange.parse(options.frames)) if options.frames else shot_extent(shot).wanted
    faults = 0
    for index, checked in enumerate(check_frames(shot, wanted), 1):
        faults += checked.fault is not None
        _say(checked, index, len(wanted), options.json)
    return FAILED_STATUS if faults else 0


def check_frames(shot: Shot, frames: tuple[int, ...]) -> Iterator[CheckedFrame]:
    """Check the mattes of `frames`, one at a time.

    Raises:
        StfamError: there is no plate to compare their size with.
    """
    plate = open_plate(shot.plate, shot.settings.colorspace)
    with closing(plate):
        kind = _SequenceCheck if FramePattern.matches(shot.output.matte) else _MovieCheck
        with closing(kind(shot, plate)) as check:
            for frame in frames:
                started = time.monotonic()
                path, fault = check.fault(frame)
                yield CheckedFrame(frame, path, time.monotonic() - started, fault)


class _SequenceCheck:
    """Frames as files of their own."""

    def __init__(self, shot: Shot, plate: Plate) -> None:
        self._pattern = FramePattern.parse(shot.output.matte)
        self._plate = plate
        self._size: tuple[int, int] | None = None

    def fault(self, frame: int) -> tuple[Path, str | None]:
        path = self._pattern.path(frame)
        found = read_back(path)
        if found is None:
            return path, f"{path} {'cannot be read back' if path.exists() else 'is missing'}; render it again"
        if not found.finite:
            return path, f"{path} has pixels that are no numbers; render it again"
        if found.size != self._size:  # plates may change their data window from frame to frame
            self._size = self._plate_size(frame, path)
        return path, _size_fault(path, found.size, self._size)

    def close(self) -> None:
        """Nothing is open between two frames."""

    def _plate_size(self, frame: int, matte: Path) -> tuple[int, int] | None:
        """(h, w) of the plate's data window in an EXR, else of its display window; None without its frame."""
        try:
            meta = self._plate.read(frame).meta
        except InputError:
            return None
        return (meta.data_window[3], meta.data_window[2]) if matte.suffix.lower() == ".exr" else meta.size


class _MovieCheck:
    """One movie, whose frames are those that were asked for, in order."""

    def __init__(self, shot: Shot, plate: Plate) -> None:
        self._path = Path(shot.output.matte)
        self._position = {frame: i for i, frame in enumerate(shot_extent(shot).wanted)}
        self._plate = plate
        self._movie: Plate | None = None
        self._unreadable: str | None = None
        try:
            self._movie = open_plate(shot.output.matte)
        except InputError as error:
            self._unreadable = f"{error} Render it again."

    def fault(self, frame: int) -> tuple[Path, str | None]:
        if self._movie is None:
            return self._path, self._unreadable
        position = self._position.get(frame, len(self._movie.frames))
        if position >= len(self._movie.frames):
            return self._path, f"{self._path} ends before frame {frame}; render it again"
        try:
            size = self._movie.read(self._movie.frames[position]).meta.size
        except StfamError as error:
            return self._path, str(error)
        return self._path, _size_fault(self._path, size, self._size)

    def close(self) -> None:
        if self._movie is not None:
            self._movie.close()

    @cached_property
    def _size(self) -> tuple[int, int] | None:
        """(h, w) of the plate; None where its first frame cannot be read."""
        try:
            return self._plate.read(self._plate.frames[0]).meta.size
        except InputError:
            return None


def _size_fault(path: Path, found: tuple[int, int], wanted: tuple[int, int] | None) -> str | None:
    """Sizes are (h, w); any is right where nothing is known of the plate's."""
    if wanted is None or found == wanted:
        return None
    return f"{path} is {found[1]}x{found[0]}, the plate {wanted[1]}x{wanted[0]}; render it again"


def _say(checked: CheckedFrame, index: int, total: int, as_json: bool) -> None:
    if as_json:
        facts = {"frame": checked.frame, "index": index, "total": total, "seconds": round(checked.seconds, 4)}
        if checked.fault is None:
            print(json.dumps({"event": "checked", **facts, "paths": [str(checked.path)]}), flush=True)
        else:
            print(json.dumps({"event": "failed", **facts, "message": checked.fault, "kind": "CheckError"}), flush=True)
    elif checked.fault is None:
        print(f"Frame {checked.frame} ({index}/{total}) {checked.seconds:.1f}s -> {checked.path}", flush=True)
    else:
        print(f"ERROR: Frame {checked.frame}: {checked.fault}", file=sys.stderr, flush=True)
