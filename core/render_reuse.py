"""Frames of a job that the panel has solved already: refined and written without computing anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from stfam.core.cache import plate_cache
from stfam.core.errors import InputError
from stfam.core.media.frame_meta import FloatImage
from stfam.core.media.plate import PlateFrame
from stfam.core.render_job import Job
from stfam.core.render_outputs import FOREGROUND, MATTE, TRIMAP, FrameOutputs, Write
from stfam.core.render_passes import refined_passes
from stfam.core.solved_cache import SolvedCache
from stfam.core.trimap import Trimap, read_trimap


@dataclass(frozen=True)
class ReusedFrames:
    """Finds what lies solved of a job's frames in the plate's cache, where a panel may be at work, and writes it."""

    job: Job
    outputs: FrameOutputs
    todo: Mapping[int, frozenset[str]]
    """What each frame lacks."""
    taken: set[int] = field(default_factory=set)
    """Frames that were solved, of those that `frames` has come to."""

    def frames(self) -> Iterator[tuple[int, Write]]:
        """Each frame that is solved with the writing of its files; a job that does not matte has none."""
        if self.job.step != "render":
            return
        cache = SolvedCache.of(plate_cache(self.job.shot.plate), self.job.hashes)
        for frame, kinds in self.todo.items():
            try:
                solved = _Solved(self.job, frame, kinds, cache)
            except (InputError, OSError):
                continue  # not solved, or its plate is not to be read: left to whoever computes
            self.taken.add(frame)
            yield frame, partial(solved.write, self.outputs)


class _Solved:
    """What is solved of a frame, read once: by the time that it is written, the files may be those of another shot."""

    def __init__(self, job: Job, frame: int, kinds: frozenset[str], cache: SolvedCache) -> None:
        self._frame, self._kinds, self._refinement = frame, kinds, job.shot.refinement
        job.plate.identity(frame)  # not of a frame that is gone
        self._matte: tuple[FloatImage, PlateFrame] | None = None
        if kinds & {MATTE, FOREGROUND}:
            self._matte = cache.alpha(frame), job.plate.read(frame)
        self._trimap: Trimap | None = None
        if TRIMAP in kinds:
            self._trimap = self._painted(job) if frame in job.keys else cache.trimap(frame)

    def write(self, outputs: FrameOutputs) -> list[Path]:
        written = [] if self._trimap is None else [outputs.write_trimap(self._frame, self._trimap)]
        if self._matte is None:
            return written
        alpha, plate = self._matte
        colours = plate.image if FOREGROUND in self._kinds else None
        passes = refined_passes(self._frame, plate.meta, alpha, self._refinement, colours)
        return outputs.write(passes, self._kinds) + written

    def _painted(self, job: Job) -> Trimap:
        """A keyframe's trimap on the display window."""
        plate = job.plate.read(self._frame) if self._matte is None else self._matte[1]
        return read_trimap(job.keys[self._frame], plate.meta.size, meta=plate.meta, complete=False)
