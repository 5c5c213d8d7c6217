"""A shot to files on disk: the one entry that the command line, the worker and the queue share."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch

from stfam.core.engine.device_memory import choose_device
from stfam.core.engine.pipeline import WriteBehind
from stfam.core.errors import Cancelled, FramesFailedError, StfamError, UnwritableFrameError
from stfam.core.job_events import Event, FrameDone, FrameFailed, JobFinished, JobStarted, Notice
from stfam.core.networks import FreshNetworks, Networks
from stfam.core.out_of_memory import memory_errors
from stfam.core.render_job import Job, prepare_job
from stfam.core.render_outputs import Write
from stfam.core.render_reuse import ReusedFrames
from stfam.core.render_work import RenderWork, job_outputs
from stfam.core.shot import Shot
from stfam.core.threads import align_threads

WRITES_WAITING = 2
"""Frames that may wait to be written while the network goes on."""

_Written = tuple[int, list[Path] | UnwritableFrameError]
"""A frame with its files, or with what kept them from being written."""


@dataclass(frozen=True)
class Summary:
    """What became of the frames that were asked for."""

    rendered: tuple[int, ...]
    skipped: tuple[int, ...]
    failed: tuple[int, ...]
    seconds: float
    left_out: tuple[int, ...]
    """Keyframes whose plate could not be read."""

    def raise_failures(self) -> None:
        """Raise when frames failed.

        Raises:
            FramesFailedError: names how many.
        """
        if self.failed:
            total = len(self.rendered) + len(self.skipped) + len(self.failed)
            raise FramesFailedError(f"{len(self.failed)} of {total} frames failed.", frames=self.failed)


def render(
    shot: Shot,
    *,
    frames: str | Sequence[int] | None = None,
    overwrite: bool = False,
    continue_on_error: bool = False,
    step: str = "render",
    on_event: Callable[[Event], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    networks: Networks | None = None,
) -> Summary:
    """Make the files of a shot, leaving alone those that still hold.

    Args:
        shot: what to make of what.
        frames: a range or frame numbers instead of the shot's own.
        overwrite: make every frame again.
        continue_on_error: note frames that fail and go on with the others; a full disk or a lost folder stops it.
        step: "render" (propagate and matte), "propagate" (trimaps alone) or "matte" (from trimaps that are there).
        on_event: is told what happens, on the calling thread.
        cancelled: asked between pieces of work; True stops and keeps what is finished.
        networks: where they come from; None reads them from disk.

    Returns:
        What became of each frame.

    Raises:
        StfamError: with the exit status of the command line; `Cancelled` when it was stopped.
    """
    align_threads()
    with memory_errors():
        job = prepare_job(shot, frames, step, continue_on_error)
        with closing(job.plate):
            run = _Run(job, overwrite, continue_on_error, on_event, cancelled, networks or FreshNetworks())
            return run.run()


@dataclass
class _Run:
    """One run of a job; counts what became of the frames."""

    job: Job
    overwrite: bool
    continue_on_error: bool
    on_event: Callable[[Event], None]
    cancelled: Callable[[], bool]
    networks: Networks
    rendered: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    told_cut_off: bool = False

    def __post_init__(self) -> None:
        self.outputs = job_outputs(self.job)
        self.todo = self._todo()
        self.started = self.last = time.monotonic()

    def run(self) -> Summary:
        """Do what is left to do."""
        self.outputs.prepare(self.todo)
        device = choose_device(self.job.shot.settings.device)
        skipped = tuple(frame for frame in self.job.requested if frame not in self.todo)
        name = str(device) if self.todo else None
        self.on_event(JobStarted(self.job.step, len(self.job.requested), skipped, name))
        for frame, error in self.job.left_out.items():
            self._notice("plate", f"{error} The keyframe {frame} is left out; the others serve in its place.")
        if self.todo:
            self._write_all(self._frames(device))
        seconds = time.monotonic() - self.started
        self.on_event(JobFinished(len(self.rendered), len(skipped), len(self.failed), seconds))
        return Summary(tuple(self.rendered), skipped, tuple(self.failed), seconds, tuple(self.job.left_out))

    def _frames(self, device: torch.device) -> Generator[tuple[int, Write], None, None]:
        """Frames that the panel has solved, then those that are computed."""
        todo = {} if self.overwrite or self.outputs.in_order else self.todo
        reused = ReusedFrames(self.job, self.outputs, todo)
        yield from reused.frames()
        rest = {frame: kinds for frame, kinds in self.todo.items() if frame not in reused.taken}
        if rest:
            work = RenderWork(
                job=self.job,
                outputs=self.outputs,
                todo=rest,
                device=device,
                notice=self._notice,
                check=self._check,
                fail=self._fail,
                networks=self.networks,
                goes_on=self._goes_on,
            )
            yield from work.frames()

    def _write_all(self, made: Generator[tuple[int, Write], None, None]) -> None:
        with closing(self.outputs), WriteBehind[_Written](WRITES_WAITING) as writer:
            try:
                with closing(made) as frames:
                    for frame, write in frames:
                        self._collect(writer.submit(partial(_written, frame, write, self._goes_on)))
            finally:
                self._collect(writer.results())

    def _collect(self, results: Iterator[_Written]) -> None:
        for frame, paths in results:
            if isinstance(paths, UnwritableFrameError):
                self._fail(frame, paths)
                continue
            now = time.monotonic()
            self.rendered.append(frame)
            seconds, self.last = now - self.last, now
            count = len(self.rendered) + len(self.failed)
            names = tuple(str(path) for path in paths)
            self.on_event(FrameDone(frame, count, len(self.todo), seconds, names))
            self._tell_cut_off()

    def _tell_cut_off(self) -> None:
        """Say once that foregrounds lose what their format does not hold."""
        path = self.outputs.cut_off
        if path is not None and not self.told_cut_off:
            self.told_cut_off = True
            self._notice("foreground", f"{path} holds colours from 0 to 1: what is beyond was cut off. EXR keeps it.")

    def _todo(self) -> dict[int, frozenset[str]]:
        """The kinds of file that each unfinished frame lacks."""
        unfinished = {}
        for frame in self.job.requested:
            self._check()
            kinds = self.outputs.unfinished(frame, self.overwrite)
            if kinds:
                unfinished[frame] = kinds
        return unfinished

    @property
    def _goes_on(self) -> bool:
        """Whether frames that fail are noted; a movie needs every one."""
        return self.continue_on_error and not self.outputs.in_order

    def _fail(self, frame: int, error: StfamError) -> None:
        """A frame cannot be used: stop, or note it and go on; one that only serves others is a warning."""
        if not self._goes_on:
            raise error
        if frame in self.todo and frame not in self.failed:
            self.failed.append(frame)
            self.on_event(FrameFailed(frame, str(error), type(error).__name__))
        elif frame not in self.todo:
            self.on_event(Notice("plate", f"{error} Its neighbours are matted without it."))

    def _notice(self, kind: str, message: str) -> None:
        self.on_event(Notice(kind, message))

    def _check(self) -> None:
        if self.cancelled():
            raise Cancelled("Cancelled; finished frames are kept.", frames=tuple(self.rendered))


def _written(frame: int, write: Write, goes_on: bool) -> _Written:
    try:
        return frame, write()
    except UnwritableFrameError as error:
        if not goes_on:
            raise
        return frame, error
