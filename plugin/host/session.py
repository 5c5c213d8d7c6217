"""One shot of a host on its way: plate and seeds out of the host, through the worker, mattes back into the graph."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from stfam.core.errors import Cancelled
from stfam.core.export_path import versioned_pattern
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Output, Settings, Shot
from stfam.plugin.frame_path import exists
from stfam.plugin.hooks import OpenShot, open_shot
from stfam.plugin.host.interface import Host, HostError, HostPlate, Placement, PlateMovedError
from stfam.plugin.shot_job import Job, JobResult

POLL = 0.1
"""Seconds between two looks at the host's cancel button."""


class RelinkError(HostError):
    """The remembered shot was made for a plate that is gone, and another one is selected now."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__(
            f"The shot was made for {old}, which is not there any more. Relink it to {new}, or clear the shot.",
            old=old,
            new=new,
        )


class HostSession:
    """Has a host and, once opened, a shot in a worker. Every method belongs on the host's main thread.

    Attributes:
        plate: what was opened.
    """

    def __init__(self, host: Host, *, environment: str = "", cache: str = "") -> None:
        """Nothing is started yet.

        Args:
            environment: folder of the environment that holds torch; found where it is empty.
            cache: folder of this plate's results; the user's own where it is empty.
        """
        self._host, self._environment, self._cache = host, environment, cache
        self._shot: OpenShot | None = None
        self.plate: HostPlate | None = None

    @property
    def shot(self) -> OpenShot:
        """The open shot.

        Raises:
            HostError: none is open.
        """
        if self._shot is None:
            raise HostError("No shot is open. Select a plate and open it first.")
        return self._shot

    @property
    def opened(self) -> bool:
        """Whether a shot is open."""
        return self._shot is not None

    def open(
        self,
        *,
        settings: Settings | None = None,
        frames: FrameRange | None = None,
        matte: str = "",
        relink: bool = False,
    ) -> OpenShot:
        """Open the host's plate with the keys that the host's file remembers for it.

        Args:
            settings: instead of the remembered ones.
            frames: of the plate; all that the host uses where None.
            matte: output pattern; the remembered one, or a new version beside the plate, where empty.
            relink: take the remembered keys although they were made for a plate that is gone.

        Raises:
            HostError: nothing is selected. PlateMovedError: its files are gone. RelinkError: relinking has to be asked.
            WorkerNotFoundError, WorkerVersionError: see `open_shot`.
        """
        plate = self._host.plate()
        if not exists(plate.spec):
            raise PlateMovedError(plate.spec)
        shot = self._shot_for(plate, relink)
        shot = replace(
            shot,
            frames=str(frames or plate.frames),
            settings=replace(settings or shot.settings, colorspace=plate.colorspace),
            output=replace(shot.output, matte=matte or shot.output.matte or versioned_pattern(None, plate.spec)),
        )
        self.close()
        self._shot = open_shot(shot, environment=self._environment, cache=self._cache)
        self.plate = plate
        self._remember()
        return self._shot

    def add_keys(self, seed: str, frames: Iterable[int], *, inner: int = 10, outer: int = 10) -> None:
        """Make keyframes of a seed of the host, as it stands at each of the plate's `frames`.

        Raises:
            HostError: there is no such seed. UsageError: the plate has no such frame.
        """
        shot, plate = self.shot, self._opened_plate()
        with tempfile.TemporaryDirectory(prefix="stfam-seed-") as folder:
            for frame in frames:
                path = self._host.write_seed(seed, plate, frame, Path(folder))
                shot.add_key(frame, path, inner=inner, outer=outer)
        self._remember()

    def add_key(self, frame: int, image: str, *, inner: int = 10, outer: int = 10) -> None:
        """Make a keyframe of a file: a trimap, roto, mask or alpha."""
        self.shot.add_key(frame, image, inner=inner, outer=outer)
        self._remember()

    def remove_key(self, frame: int) -> None:
        """Make `frame` an ordinary frame again."""
        self.shot.remove_key(frame)
        self._remember()

    def begin(self, kind: str, frames: str | None = None) -> Job:
        """Start `propagate` or `matte`; the host pumps `shot` from a timer."""
        return self.shot.propagate(frames) if kind == "propagate" else self.shot.matte(frames)

    def run(self, kind: str, frames: str | None = None) -> JobResult:
        """`propagate` or `matte` to the end, with the host's progress display, without timers.

        Raises:
            Cancelled: by the display. WorkerGone, WorkerError, FramesFailedError: see `Job.wait`.
        """
        shot, job = self.shot, self.begin(kind, frames)
        with self._host.progress(f"stfam: {kind}") as progress:
            while not job.ended:
                shot.pump(POLL)
                if not progress.show(job.fraction, describe(job)):
                    job.cancel()
        return job.result()

    def place(self) -> str:
        """Put the mattes that exist into the host's graph; returns a sentence.

        Raises:
            HostError: there is no matte yet.
        """
        results = self.shot.results()
        if not results:
            raise HostError("There is no matte yet. Matte some frames first.")
        return self._host.place(Placement(self._opened_plate(), self.shot.shot, FrameRange.of(results)))

    def close(self) -> None:
        """End the worker."""
        if self._shot is not None:
            self._shot.close()
            self._shot = None

    def _shot_for(self, plate: HostPlate, relink: bool) -> Shot:
        remembered = self._host.remembered()
        if remembered is not None and remembered.plate == plate.spec:
            return remembered
        if remembered is not None and remembered.keys and not exists(remembered.plate):
            if not relink:
                raise RelinkError(remembered.plate, plate.spec)
            return replace(remembered, plate=plate.spec)
        return Shot(plate.spec, Output(versioned_pattern(None, plate.spec)))

    def _opened_plate(self) -> HostPlate:
        if self.plate is None:
            raise HostError("No shot is open. Select a plate and open it first.")
        return self.plate

    def _remember(self) -> None:
        self._host.remember(self.shot.shot)


def describe(job: Job) -> str:
    """How far a job is, for a progress display."""
    if isinstance(job.error, Cancelled):
        return "cancelled"
    left = "" if not job.seconds_left else f", {job.seconds_left:.0f} s left"
    return f"{job.kind} {job.fraction:.0%}{left}"
