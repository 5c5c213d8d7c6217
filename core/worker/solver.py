"""The jobs of the worker: propagate, matte and export through `render`, piece by piece near the playhead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from stfam.core.engine.device_memory import choose_device
from stfam.core.engine.memory_estimate import shot_bytes
from stfam.core.errors import Cancelled, InputError, MissingFrameError, TrimapError
from stfam.core.frame_range import FrameRange
from stfam.core.job_events import Event, FrameDone, FrameFailed, JobStarted, Notice
from stfam.core.network.weights_files import matting_config
from stfam.core.networks import KeptNetworks, Networks
from stfam.core.render import render
from stfam.core.render_request import clip_frames, requested_frames
from stfam.core.shot import Settings, Shot
from stfam.core.worker.messages import Export, Matte, Propagate, Warm
from stfam.core.worker.near_first import near_first, pieces
from stfam.core.worker.open_plate import OpenPlate
from stfam.core.worker.preview import preview_alpha, warm_up
from stfam.core.worker.progress import Progress
from stfam.core.worker.results import MATTE, TRIMAP, Results
from stfam.core.worker.speed import Speed
from stfam.core.worker.wire import Wire

IsCancelled = Callable[[], bool]

NEAR_KEY = 8
"""Frames from a key within which a frame is matted before the trimaps of its span are carried."""


class Solver:
    """Runs the jobs of one shot, one at a time."""

    def __init__(self, cache: Path, plate: OpenPlate, networks: Callable[[IsCancelled], KeptNetworks]) -> None:
        self._plate, self._networks = plate, networks
        self._speed = Speed(cache / "speed.json")
        self._known_bytes: tuple[tuple[str, Settings], int] | None = None

    def estimate(self, frames: str, results: Results) -> dict[str, Any]:
        """Seconds and bytes that matting these frames takes; what is fresh already takes no time, bytes that cannot be
        known before a trimap is painted are below 0."""
        clip = frozenset(clip_frames(self._plate.frames))
        asked = [frame for frame in FrameRange.parse(frames) if frame in clip]
        kind, megapixels = self._kind(results.final), self._plate.megapixels
        trimaps = sum(not results.holds(TRIMAP, frame) for frame in asked)
        mattes = sum(not results.holds(MATTE, frame) for frame in asked)
        seconds = trimaps * self._speed.seconds("propagate", kind, megapixels)
        seconds += mattes * self._speed.seconds("matte", kind, megapixels)
        return {"seconds": seconds, "bytes": self._bytes(results)}

    def run(
        self,
        request: Propagate | Matte | Export | Warm,
        results: Results,
        wire: Wire,
        job: int,
        cancelled: IsCancelled,
        playhead: Callable[[], int],
    ) -> dict[str, Any]:
        """Do a job; its progress goes to the wire.

        Raises:
            StfamError: what keeps it from going on; Cancelled within one frame of being cancelled.
        """
        shot = results.final
        self._say_device(shot, wire, job)
        networks = self._networks(cancelled)
        if isinstance(request, Warm):
            return self._warm(shot, networks)
        frames = FrameRange.parse(request.frames).frames
        run = _Run(self._plate, results, networks, wire, job, cancelled, playhead, self._speed, self._kind(shot))
        try:
            if isinstance(request, Propagate):
                return run.propagate(frames)
            if isinstance(request, Matte):
                return run.matte(frames, request.preview)
            return run.export(frames, request.overwrite)
        except TrimapError as error:
            self._check_size(error)
            raise
        finally:
            self._speed.save()

    def _check_size(self, error: TrimapError) -> None:
        """A trimap that has the plate's size, but not the one that its files have by now, says what happened."""
        now = error.data.get("expected")
        if isinstance(now, tuple) and error.data.get("size") == self._plate.size:
            (height, width), (old_height, old_width) = now, self._plate.size
            text = f"{self._plate.spec} is {width}x{height} now, and was {old_width}x{old_height} when it was opened."
            raise InputError(f"{text} Open it again: what is painted is scaled then.") from error

    def _bytes(self, results: Results) -> float:
        """Judged by the first key's trimap."""
        first = min((key.frame for key in results.final.keys), default=None)
        painted = None if first is None else results.trimap(first)
        if painted is None:
            return -1.0
        settings = results.final.settings
        known = (painted.identity, settings)
        if self._known_bytes is None or self._known_bytes[0] != known:
            try:
                trimap = painted.pixels
            except InputError:
                return -1.0
            config = matting_config(settings.weights)
            proxy, tile = settings.proxy, settings.tile
            self._known_bytes = known, shot_bytes(config, trimap, window=settings.window, proxy=proxy, tile=tile)
        return float(self._known_bytes[1])

    def _kind(self, shot: Shot) -> str:
        settings = shot.settings
        device = choose_device(settings.device)
        return f"{device.type} {Path(settings.weights).name} n{settings.window} proxy{settings.proxy:g}"

    def _say_device(self, shot: Shot, wire: Wire, job: int) -> None:
        device = choose_device(shot.settings.device)
        wire.event("device", job, text=f"Device: {str(device).upper()}", name=str(device), fallback=False)

    def _warm(self, shot: Shot, networks: Networks) -> dict[str, Any]:
        warm_up(shot.settings, networks)
        return {"device": str(choose_device(shot.settings.device))}


class _Run:
    """One job on its way."""

    def __init__(
        self,
        plate: OpenPlate,
        results: Results,
        networks: Networks,
        wire: Wire,
        job: int,
        cancelled: IsCancelled,
        playhead: Callable[[], int],
        speed: Speed,
        kind: str,
    ) -> None:
        self._plate, self._results, self._wire, self._job = plate, results, wire, job
        self._networks, self._cancelled, self._playhead = networks, cancelled, playhead
        self._speed, self._kind = speed, kind
        self._failed: set[int] = set()
        self._progress = Progress(wire, job)

    def propagate(self, frames: Sequence[int]) -> dict[str, Any]:
        """Trimaps of frames, span by span."""
        here = self._of_plate(frames)
        left = [frame for frame in here if not self._results.holds(TRIMAP, frame)]
        self._report_finished(here, left, "trimap")
        self._plan(left, [])
        for span in near_first(self._by_span(left), self._playhead):
            self._render(span, "propagate")
        return {"done": len(frames) - len(self._failed), "failed": len(self._failed)}

    def matte(self, frames: Sequence[int], preview: bool) -> dict[str, Any]:
        """Mattes of frames: a preview first, then span by span the trimaps and pieces of mattes."""
        here = self._of_plate(frames)
        left = [frame for frame in here if not self._results.holds(MATTE, frame)]
        self._report_finished(here, left, "matte")
        if preview and left and self._results.shot.keys:
            self._show_preview(min(left, key=lambda frame: abs(frame - self._playhead())))
        keys = {key.frame for key in self._results.shot.keys}
        untrimapped = {f for f in left if f not in keys and not self._results.holds(TRIMAP, f)}
        self._plan(untrimapped, left)
        for span in near_first(self._by_span(left), self._playhead):
            self._solve(span, [frame for frame in span if frame in untrimapped])
        return {"done": len(frames) - len(self._failed), "failed": len(self._failed)}

    def _solve(self, span: tuple[int, ...], lacking: Sequence[int]) -> None:
        """Trimaps and mattes of a span. The frame at the playhead does not wait for the trimaps of all the others
        where a key is so near that carrying it there twice is cheap."""
        first, *rest = self._near_pieces(span)
        if min((abs(key.frame - first[0]) for key in self._results.shot.keys), default=0) <= NEAR_KEY:
            self._render(first, "render")
        else:
            rest.insert(0, first)
        if lacking:
            self._render(lacking, "propagate")
        for piece in near_first(rest, self._playhead):
            self._render(piece, "render")

    def export(self, frames: Sequence[int], overwrite: bool) -> dict[str, Any]:
        """The shot's own files."""
        shot = self._results.final
        self._progress.plan({"file": (len(frames), self._speed.seconds("file", self._kind, self._plate.megapixels))})
        summary = render(
            shot,
            frames=frames,
            overwrite=overwrite,
            continue_on_error=True,
            on_event=lambda event: self._hear(event, "file"),
            cancelled=self._cancelled,
            networks=self._networks,
        )
        written = len(summary.rendered) + len(summary.skipped)
        return {"written": written, "failed": len(summary.failed), "matte": shot.output.matte}

    def _of_plate(self, frames: Sequence[int]) -> list[int]:
        """Those that the plate has, or should have; the others fail at once, and not each piece that they are in.

        Raises:
            EmptyRangeError: it has none of them.
        """
        clip, name = clip_frames(self._plate.frames_now), self._plate.spec
        asked, known = requested_frames(self._results.shot, frames, clip, name), frozenset(clip)
        for frame in asked:
            if frame not in known:
                self._fail(frame, f"{name} has no frame {frame}.", MissingFrameError.__name__)
        return [frame for frame in asked if frame in known]

    def _plan(self, trimaps: Collection[int], mattes: Collection[int]) -> None:
        expected = {
            "trimap": (len(trimaps), self._speed.seconds("propagate", self._kind, self._plate.megapixels)),
            "matte": (len(mattes), self._speed.seconds("matte", self._kind, self._plate.megapixels)),
        }
        self._progress.plan(expected)

    def _report_finished(self, frames: Sequence[int], left: Sequence[int], stage: str) -> None:
        waiting = set(left)
        for frame in frames:
            if frame not in waiting:
                self._wire.event("frame_done", self._job, frame=frame, stage=stage)

    def _by_span(self, frames: Sequence[int]) -> list[tuple[int, ...]]:
        """The frames grouped by the span between keys that they lie in, keys with the span after them."""
        keys = sorted(key.frame for key in self._results.shot.keys)
        groups: dict[int, list[int]] = {}
        for frame in frames:
            groups.setdefault(bisect_right(keys, frame), []).append(frame)
        return [tuple(group) for group in groups.values()]

    def _near_pieces(self, span: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Pieces of a span; the playhead's frame, where it is among them, is a piece of its own and goes first."""
        at = min(span, key=lambda frame: abs(frame - self._playhead()))
        before, after = [f for f in span if f < at], [f for f in span if f > at]
        return [(at,), *pieces(after), *pieces(before)]

    def _show_preview(self, frame: int) -> None:
        alpha = preview_alpha(self._results, self._plate, frame, self._networks)
        if alpha is not None:
            self._results.put_preview(frame, alpha)
            self._wire.event("frame_done", self._job, frame=frame, stage="preview")
        if self._cancelled():
            raise Cancelled("Cancelled; finished frames are kept.")

    def _render(self, frames: Sequence[int], step: str) -> None:
        stage = "trimap" if step == "propagate" else "matte"
        summary = render(
            self._results.shot,
            frames=frames,
            continue_on_error=True,
            step=step,
            on_event=lambda event: self._hear(event, stage),
            cancelled=self._cancelled,
            networks=self._networks,
        )
        self._results.leave_out(summary.left_out)

    def _hear(self, event: Event, stage: str) -> None:
        if isinstance(event, JobStarted):
            for frame in event.skipped:
                self._done(frame, stage, None)
        elif isinstance(event, FrameDone):
            self._done(event.frame, stage, event.seconds)
        elif isinstance(event, FrameFailed):
            self._progress.step(stage, None)
            self._fail(event.frame, event.message, event.kind)
        elif isinstance(event, Notice):
            self._notice(event)

    def _fail(self, frame: int, message: str, kind: str) -> None:
        self._failed.add(frame)
        self._wire.event("frame_failed", self._job, frame=frame, message=message, kind=kind)

    def _done(self, frame: int, stage: str, seconds: float | None) -> None:
        if seconds is not None:
            measured = {"trimap": "propagate", "matte": "matte", "file": "file"}[stage]
            self._speed.note(measured, self._kind, self._plate.megapixels, seconds)
        self._wire.event("frame_done", self._job, frame=frame, stage=stage)
        self._progress.step(stage, seconds)

    def _notice(self, notice: Notice) -> None:
        if notice.kind == "memory":
            self._wire.event("device", self._job, text=notice.message, name="", fallback=True)
        elif notice.kind in ("plate", "foreground"):
            self._wire.event("warning", self._job, text=notice.message)
