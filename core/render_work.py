"""The computing of a job: yields, frame by frame, what is left to write."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from stfam.core.engine.keyframe_spans import Span, deciding_keys, halo
from stfam.core.engine.matte import matte
from stfam.core.engine.matte_job import Alpha
from stfam.core.engine.memory_estimate import shot_bytes
from stfam.core.engine.reduced_scale import enlarged_alpha
from stfam.core.errors import InputError, MissingFrameError, StfamError, TrimapError, WriteError
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.network.config import MattingConfig
from stfam.core.networks import Networks, on_device
from stfam.core.output_apart import check_apart
from stfam.core.plate_reader import LoadedFrame, PlateReader
from stfam.core.render_job import Job
from stfam.core.render_outputs import (
    FOREGROUND,
    MATTE,
    TRIMAP,
    FrameFiles,
    FrameOutputs,
    Write,
    output_files,
    trimap_files,
)
from stfam.core.render_passes import Passes, check_refinement, refined_passes
from stfam.core.render_plan import Schedule, matte_schedule, plate_reads, trimap_schedule
from stfam.core.render_request import check_present
from stfam.core.render_stream import FrameStream
from stfam.core.solved_cache import read_labels
from stfam.core.trimap import UNKNOWN, Trimap, read_key, validate


def job_outputs(job: Job) -> FrameOutputs:
    """The files that a job writes.

    Raises:
        UsageError: a pattern has no place for the frame number, two kinds of file are one, or one is an input.
    """
    hashes = job.hashes
    records = {MATTE: hashes.matte, FOREGROUND: hashes.foreground, TRIMAP: hashes.trimaps.__getitem__}
    check_refinement(job.shot.refinement)
    files = output_files(job.shot.output, job.step, job.requested, records)
    check_apart(files, job.plate, job.requested, job.keys)
    return FrameOutputs(job.shot.output, files)


@dataclass(frozen=True)
class RenderWork:
    """Has the networks and the plate; leaves the writing to its caller."""

    job: Job
    outputs: FrameOutputs
    todo: dict[int, frozenset[str]]
    """What each frame lacks."""
    device: torch.device
    notice: Callable[[str, str], None]
    """Kind and sentence."""
    check: Callable[[], None]
    fail: Callable[[int, StfamError], None]
    """Told of every frame that cannot be used; raises to stop."""
    networks: Networks
    goes_on: bool
    """Frames of the plate that are missing are left to fail one by one."""

    def frames(self) -> Generator[tuple[int, Write], None, None]:
        """Each frame that was made, with the writing of its files, to be done in order on any one thread."""
        reader = PlateReader(self.job.plate)
        meta = self._reference(reader)
        for caveat in filter(None, (meta.caveat, meta.colour_caveat)):
            self.notice("plate", f"{self.job.plate.name} {caveat}")
        if self.outputs.in_order and not self.job.plate.steady:
            text = "has frames that last differently, and a movie plays its mattes at one rate, out of step with it."
            self.notice("plate", f"{self.job.plate.name} {text} Write frames, or convert it to a constant rate first.")
        if self.job.step != "matte":
            self._check_keys(reader, meta)
        given = self._given()
        schedule = self._schedule(given)
        if not self.goes_on:
            reads, movie = plate_reads(schedule, self._spans()), self.outputs.in_order
            check_present(reads, self.job.plate, serving=True, movie=movie)
        stream = self._stream(reader, meta, schedule, given)
        if self.job.step == "propagate":
            yield from self._trimaps(stream)
        else:
            yield from self._mattes(stream)

    def _trimaps(self, stream: FrameStream) -> Iterator[tuple[int, Write]]:
        for item, trimap in stream.trimaps():
            if item.frame not in self.todo:
                continue
            if trimap is None:
                text = f"Frame {item.frame} has no trimap: its plate cannot be read, or no keyframe reaches it."
                self.fail(item.frame, InputError(text, frame=item.frame))
            else:
                yield item.frame, partial(self._write_trimap, item.frame, trimap)

    def _mattes(self, stream: FrameStream) -> Iterator[tuple[int, Write]]:
        settings = self.job.shot.settings
        memory = partial(self.notice, "memory")
        network, device = on_device(self.networks.matting, settings.weights, self.device, memory)
        self._estimate(network.config, stream)
        waiting: dict[int, tuple[LoadedFrame, Trimap]] = {}
        mattes = matte(
            stream.inputs(waiting),
            network,
            window=settings.window,
            tile=settings.tile,
            device=device,
            notice=memory,
            check=self.check,
        )
        for frame, alpha in mattes:
            item, trimap = waiting.pop(frame)
            passes = self._passes(item, trimap, alpha)
            yield frame, partial(self._write, passes, trimap)

    def _estimate(self, config: MattingConfig, stream: FrameStream) -> None:
        """Say how much memory the run will need, judged by the first trimap that is painted."""
        trimap = stream.read_trimap(next(iter(self.job.keys)))
        if trimap is None:
            return
        settings = self.job.shot.settings
        needed = shot_bytes(config, trimap, window=settings.window, proxy=settings.proxy, tile=settings.tile) / 2**30
        height, width = trimap.shape
        self.notice("estimate", f"About {needed:.2f} GiB of memory will be needed for {width}x{height}.")

    def _passes(self, item: LoadedFrame, trimap: Trimap, alpha: Alpha) -> Passes:
        full = alpha if alpha.shape == trimap.shape else enlarged_alpha(alpha, trimap)
        assert item.meta is not None
        self.check()
        return refined_passes(item.frame, item.meta, full, self.job.shot.refinement, item.colours)

    def _write(self, passes: Passes, trimap: Trimap) -> list[Path]:
        kinds = self.todo[passes.frame]
        written = self.outputs.write(passes, kinds)
        return written + (self._write_trimap(passes.frame, trimap) if TRIMAP in kinds else [])

    def _write_trimap(self, frame: int, trimap: Trimap) -> list[Path]:
        return [self.outputs.write_trimap(frame, trimap)]

    def _stream(self, reader: PlateReader, meta: FrameMeta, schedule: Schedule, given: frozenset[int]) -> FrameStream:
        settings = self.job.shot.settings
        spans = self._spans()
        network, device = None, self.device
        if not schedule.propagated.isdisjoint(frame for span in spans for frame in span.frames):
            load, memory = self.networks.propagation, partial(self.notice, "memory")
            network, device = on_device(load, settings.propagation_weights, self.device, memory)
        return FrameStream(
            job=self.job,
            schedule=schedule,
            spans=spans,
            coloured=frozenset(frame for frame, kinds in self.todo.items() if FOREGROUND in kinds),
            reader=reader,
            given=given,
            read_trimap=partial(self._read_trimap, reader, meta),
            network=network,
            device=device,
            notice=self.notice,
            check=self.check,
            on_failure=self.fail,
        )

    def _schedule(self, given: frozenset[int]) -> Schedule:
        job, wanted = self.job, self._wanted()
        if job.step == "propagate":
            return trimap_schedule(wanted, job.spans, given)
        if job.step == "matte":
            wanted = self._with_trimaps(wanted, given)
        return matte_schedule(job.clip, wanted, job.reach, self._spans(), given)

    def _spans(self) -> tuple[Span, ...]:
        return () if self.job.step == "matte" else self.job.spans

    def _wanted(self) -> list[int]:
        """Frames to make; those that the plate never had fail at once."""
        clip = frozenset(self.job.clip.frames)
        for frame in self.todo:
            if frame not in clip:
                self.fail(frame, MissingFrameError(f"{self.job.plate.name} has no frame {frame}.", frame=frame))
        return [frame for frame in self.todo if frame in clip]

    def _with_trimaps(self, wanted: list[int], given: frozenset[int]) -> list[int]:
        for frame in wanted:
            if frame not in given:
                instead = "; give one for every frame with --keys, or use stfam render."
                self.fail(frame, self._without_trimap(frame, instead))
        propagated = self.job.spans and not self.job.keys.keys() >= set(wanted)
        if propagated and not self.goes_on:
            for frame in sorted(self.job.clip.around(wanted, halo(self.job.reach)) - given):
                instead = ", and mattes beside it are made with it; propagate it too."
                self.fail(frame, self._without_trimap(frame, instead))
        return [frame for frame in wanted if frame in given]

    def _without_trimap(self, frame: int, instead: str) -> InputError:
        path = self._finished.path(frame) if self._finished is not None else None
        if path is not None and path.is_file():
            instead = (
                f" that holds: {path} is of other keys, settings or plate files (by name, size and time), or was "
                "corrected. Propagate it again, or give it with --keys."
            )
        return InputError(f"Frame {frame} has no trimap{instead}", frame=frame)

    def _given(self) -> frozenset[int]:
        """Frames whose trimap is painted, or lies finished on disk."""
        keys, finished = frozenset(self.job.keys), self._finished
        if self.job.step == "propagate" or finished is None:
            return keys
        clip = frozenset(self.job.clip.frames)
        near = self.job.clip.around([f for f in self.todo if f in clip], halo(self.job.reach)) - keys
        usable = (frame for frame in near if TRIMAP not in self.todo.get(frame, ()))
        return keys | frozenset(frame for frame in usable if finished.holds(frame))

    @property
    def _finished(self) -> FrameFiles | None:
        pattern = self.job.shot.output.trimaps
        return None if pattern is None else trimap_files(pattern, self.job.hashes.trimaps.__getitem__)

    def _reference(self, reader: PlateReader) -> FrameMeta:
        """The description of a plate frame that can be read: a keyframe, where trimaps are propagated.

        Else one that is to be matted, or any: where none of the former can be read, each fails by itself.
        """
        mattes = list(dict.fromkeys((*self.todo, *self.job.plate.frames)))
        candidates = mattes if self.job.step == "matte" else list(self.job.keys)
        for frame in candidates[:-1]:
            try:
                return reader.read(frame).meta
            except InputError:
                continue
        return reader.read(candidates[-1]).meta

    def _check_keys(self, reader: PlateReader, meta: FrameMeta) -> None:
        """Raise for a keyframe that says too little and decides what is made; an empty one may say that the subject
        has left."""
        near = self.job.clip.around(self.todo, halo(self.job.reach))
        for frame in deciding_keys(list(self.job.keys), near):
            trimap = self._painted(reader, meta, frame)
            if trimap.any() or len(self.job.keys) == 1:
                validate(trimap, name=str(self.job.keys[frame]))

    def _painted(self, reader: PlateReader, meta: FrameMeta, frame: int) -> Trimap:
        """A keyframe's trimap; one of a data window's size lies in that of its own frame, which may be elsewhere."""
        return read_key(self.job.keys[frame], meta.size, lambda: reader.read(frame).meta)

    def _read_trimap(self, reader: PlateReader, meta: FrameMeta, frame: int) -> Trimap | None:
        path = self.job.keys.get(frame)
        if path is None:
            return self._finished_trimap(frame)
        try:
            trimap = self._painted(reader, meta, frame)
            if (trimap == UNKNOWN).all():
                raise TrimapError(f"{path} is unknown everywhere. Paint what is certain black and white.", frame=frame)
        except InputError as error:
            self.fail(frame, error)
            return None
        return trimap

    def _finished_trimap(self, frame: int) -> Trimap | None:
        """That of a frame for which one lay finished when the run began.

        Raises:
            WriteError: it no longer does; mattes beside it would be of something else than their hashes say.
        """
        finished = self._finished
        if finished is None:
            return None
        path = finished.path(frame)
        try:
            return read_labels(path, finished.record(frame))
        except InputError as error:
            text = (
                f"{path} was removed meanwhile, or replaced by another run. Run again, and give each run its own files."
            )
            raise WriteError(text, frame=frame, path=str(path)) from error
