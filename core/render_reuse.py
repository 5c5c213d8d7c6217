"""Frames of a job that the panel has solved already: refined and written without computing anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stfam.core.cache import plate_cache
from stfam.core.errors import InputError
from stfam.core.media.plate import PlateFrame
from stfam.core.render_job import Job
from stfam.core.render_outputs import FOREGROUND, MATTE, TRIMAP, FrameOutputs, Write
from stfam.core.render_passes import refined_passes
from stfam.core.solved_cache import SolvedCache, read_labels
from stfam.core.trimap import Trimap


@dataclass(frozen=True)
class ReusedFrames:
    """The frames of a job that lie solved in the plate's cache, and the writing of their files."""

    job: Job
    outputs: FrameOutputs
    todo: Mapping[int, frozenset[str]]
    """What each frame lacks; only frames that are solved."""
    cache: SolvedCache

    @classmethod
    def of(cls, job: Job, outputs: FrameOutputs, todo: Mapping[int, frozenset[str]]) -> ReusedFrames:
        """The solved ones of the frames to do; a job that does not matte has none."""
        cache = SolvedCache.of(plate_cache(job.shot.plate), job.hashes)
        there = {f: kinds for f, kinds in todo.items() if job.step == "render" and _solved(cache, job, f, kinds)}
        return cls(job, outputs, there, cache)

    def frames(self) -> Iterator[tuple[int, Write]]:
        """Each frame with the writing of its files."""
        for frame, kinds in self.todo.items():
            plate = self.job.plate.read(frame) if kinds & {MATTE, FOREGROUND} else None
            yield frame, partial(self._write, frame, plate)

    def _write(self, frame: int, plate: PlateFrame | None) -> list[Path]:
        kinds = self.todo[frame]
        written = [self.outputs.write_trimap(frame, self._trimap(frame))] if TRIMAP in kinds else []
        if plate is None:
            return written
        colours = plate.image if FOREGROUND in kinds else None
        passes = refined_passes(frame, plate.meta, self.cache.alpha(frame), self.job.shot.refinement, colours)
        return self.outputs.write(passes, kinds) + written

    def _trimap(self, frame: int) -> Trimap:
        key = self.job.keys.get(frame)
        return self.cache.trimap(frame) if key is None else read_labels(key)


def _solved(cache: SolvedCache, job: Job, frame: int, kinds: frozenset[str]) -> bool:
    if kinds & {MATTE, FOREGROUND} and not cache.has_alpha(frame):
        return False
    if TRIMAP in kinds and frame not in job.keys and not cache.has_trimap(frame):
        return False
    try:
        job.plate.identity(frame)
    except (InputError, OSError):
        return False
    return True
