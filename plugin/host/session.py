"""One shot of a host on its way: plate and seeds out of the host, through the worker, mattes back into the graph."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from stfam.core.cache import bakes_folder
from stfam.core.errors import Cancelled, UsageError
from stfam.core.export_path import versioned_pattern
from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import is_movie
from stfam.core.shot import Output, Shot
from stfam.plugin.frame_path import exists
from stfam.plugin.hooks import OpenShot, open_shot
from stfam.plugin.host.interface import Host, HostError, HostPlate, Placement, PlateMovedError
from stfam.plugin.host.panel_shot import Latest, PanelMemory, PanelShot
from stfam.plugin.host.remembered_shot import for_plate, with_keys
from stfam.plugin.shot_job import Job, JobResult

POLL = 0.1
"""Seconds between two looks at the host's cancel button."""


class RelinkError(HostError):
    """The remembered shot was made for another plate, whose keys may be meant for the one that is selected now."""

    def __init__(self, old: str, new: str, *, baked: bool) -> None:
        why = "was baked by another node, or before the script had its name" if baked else "is not there any more"
        super().__init__(
            f"The shot was made for {old}, which {why}. Relink it to {new}, or clear the shot.", old=old, new=new
        )


class HostSession:
    """Has a host and, once opened, a shot in a worker. Every method belongs on the host's main thread.

    What the panel saved of the shot meanwhile is taken before anything is done with it.

    Attributes:
        plate: what was opened.
        notice: a sentence for the artist about what was opened; empty for none.
    """

    def __init__(self, host: Host, *, panel: PanelMemory | None = None, environment: str = "", cache: str = "") -> None:
        """Nothing is started yet.

        Args:
            panel: remembers what the panel was given; None where the host opens none.
            environment: folder of the environment that holds torch; found where it is empty.
            cache: folder of this plate's results; the user's own where it is empty.
        """
        self._host, self._panel, self._environment, self._cache = host, panel, environment, cache
        self._shot: OpenShot | None = None
        self.plate: HostPlate | None = None
        self.notice = ""

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

    @property
    def painted(self) -> frozenset[int]:
        """The keyframes whose trimaps came from the panel."""
        note = self._panel.panel_note(self.shot.shot.plate) if self._panel else None
        return frozenset(note.painted if note else ()) & {key.frame for key in self.shot.keys}

    def open(
        self,
        *,
        window: int | None = None,
        device: str = "",
        frames: FrameRange | None = None,
        matte: str = "",
        relink: bool = False,
        seeded: Collection[int] = (),
    ) -> OpenShot:
        """Open the host's plate with the keys that the host's file remembers for it.

        Args:
            window: n, neighbours on each side; the remembered one where None.
            device: the remembered one where empty.
            frames: of the plate; all that the host uses where None.
            matte: output pattern; the remembered one, or a new version beside the plate's folder, where empty.
            relink: take the remembered keys although they were made for a plate that is gone, or for another bake.
            seeded: frames whose keys are made of a seed next: others go, but for those that came from the panel.

        Raises:
            HostError: nothing is selected, or trimaps of the remembered keys are gone.
            PlateMovedError: its files are gone. RelinkError: relinking has to be asked.
            WorkerNotFoundError, WorkerVersionError: see `open_shot`.
        """
        plate = self._host.plate()
        if not exists(plate.spec):
            raise PlateMovedError(plate.spec)
        latest = self._latest_for(plate, relink)
        shot = with_keys(latest.shot, seeded, latest.note.painted if latest.note else ())
        known = shot.settings
        settings = replace(known, window=known.window if window is None else window, device=device or known.device)
        shot = replace(
            shot,
            frames=str(frames or plate.frames),
            settings=replace(settings, colorspace=plate.colorspace),
            output=replace(shot.output, matte=matte or shot.output.matte or versioned_pattern(None, plate.spec)),
        )
        self.close()
        self._shot = open_shot(shot, environment=self._environment, cache=self._cache)
        self.plate = plate
        self._remember(latest)
        return self._shot

    def add_keys(self, seed: str, frames: Iterable[int], *, inner: int = 10, outer: int = 10) -> None:
        """Make keyframes of a seed of the host, as it stands at each of the plate's `frames`.

        Raises:
            HostError: there is no such seed. UsageError: the plate has no such frame; no key is made then.
        """
        shot, plate = self._current_shot(), self._opened_plate()
        frames = tuple(frames)
        lacking = [frame for frame in frames if frame not in shot.plate.frames]
        if lacking:
            raise UsageError(f"The plate has frames {shot.plate.frames}, and no {FrameRange.of(lacking).words}.")
        with tempfile.TemporaryDirectory(prefix="stfam-seed-") as folder:
            for frame in frames:
                path = self._host.write_seed(seed, plate, frame, Path(folder))
                shot.add_key(frame, path, inner=inner, outer=outer)
                self._remember()

    def add_key(self, frame: int, image: str, *, inner: int = 10, outer: int = 10) -> None:
        """Make a keyframe of a file: a trimap, roto, mask or alpha."""
        self._current_shot().add_key(frame, image, inner=inner, outer=outer)
        self._remember()

    def remove_key(self, frame: int) -> None:
        """Make `frame` an ordinary frame again."""
        self._current_shot().remove_key(frame)
        self._remember()

    def begin(self, kind: str, frames: str | None = None) -> Job:
        """Start `propagate` or `matte`; the host pumps `shot` from a timer.

        Raises:
            HostError: the shot has no keyframe, or a movie of mattes would not line up with the plate.
        """
        shot = self._current_shot()
        if not shot.keys and not shot.shot.keys_pattern:
            raise HostError(
                "The shot has no keyframe yet. Make one of a mask, roto or alpha, or paint one in the panel."
            )
        if kind == "propagate":
            return shot.propagate(frames)
        if is_movie(shot.shot.output.matte):
            _check_movie(shot, frames)
        return shot.matte(frames)

    def run(self, kind: str, frames: str | None = None) -> JobResult:
        """`propagate` or `matte` to the end, with the host's progress display, without timers.

        Raises:
            HostError: the shot has no keyframe. Cancelled: by the display.
            WorkerGone, WorkerError, FramesFailedError: see `Job.wait`.
        """
        job = self.begin(kind, frames)
        with self._host.progress(f"stfam: {kind}") as progress:
            while not job.ended:
                self.shot.pump(POLL)
                if not progress.show(job.fraction, describe(job)):
                    job.cancel()
        return job.result()

    def place(self) -> str:
        """Put the mattes that exist into the host's graph; returns a sentence.

        Raises:
            HostError: there is no matte yet.
        """
        results = self._current_shot().results()
        if not results:
            raise HostError("There is no matte yet. Matte some frames first.")
        return self._host.place(Placement(self._opened_plate(), self.shot.shot, FrameRange.of(results)))

    def give_panel(self, folder: Path, name: str) -> Path:
        """Write the shot to the file that the panel has of it, or to a new one in `folder`; returns its path.

        Raises:
            OutputError: it cannot be written. HostError: this host opens no panel.
        """
        if self._panel is None:
            raise HostError(f"{self._host.name} opens no panel.")
        shot = self._current_shot()
        return PanelShot(self._panel, shot.shot.plate).give(shot, folder, name)

    def close(self) -> None:
        """End the worker."""
        if self._shot is not None:
            self._shot.close()
            self._shot = None

    def _latest_for(self, plate: HostPlate, relink: bool) -> Latest:
        """The plate's own shot, that of a plate that is gone or of another bake where it is agreed to, or a new one."""
        self.notice = ""
        new = Latest(Shot(plate.spec, Output(versioned_pattern(None, plate.spec))))
        remembered = self._host.remembered()
        if remembered is None:
            return new
        latest = self._latest(remembered)
        if remembered.plate != plate.spec:
            if not latest.shot.keys:
                return new
            baked = plate.baked and bakes_folder() in Path(remembered.plate).parents
            if exists(remembered.plate) and not baked:
                self.notice = f"The keys of {remembered.plate} stay with that plate."
                return new
            if not relink:
                raise RelinkError(remembered.plate, plate.spec, baked=baked)
        shot = for_plate(latest.shot, plate.spec)
        if shot.output != latest.shot.output:
            self.notice = f"Its output has moved along, the mattes to {shot.output.matte}."
        return replace(latest, shot=shot)

    def _latest(self, known: Shot) -> Latest:
        return PanelShot(self._panel, known.plate).latest(known) if self._panel else Latest(known)

    def _current_shot(self) -> OpenShot:
        """The open shot with what the panel saved of it meanwhile; range and colour space are the host's."""
        shot, known = self.shot, self.shot.shot
        latest = self._latest(known)
        if latest.shot is not known:
            if not shot.alive:
                shot.restart()
            settings = replace(latest.shot.settings, colorspace=known.settings.colorspace)
            shot.configure(replace(latest.shot, plate=known.plate, frames=known.frames, settings=settings))
            self._remember(latest)
        return shot

    def _opened_plate(self) -> HostPlate:
        if self.plate is None:
            raise HostError("No shot is open. Select a plate and open it first.")
        return self.plate

    def _remember(self, latest: Latest | None = None) -> None:
        """Also what the panel has, where that was taken just now."""
        self._host.remember(self.shot.shot)
        if self._panel is not None and latest is not None and latest.note is not None:
            self._panel.keep_panel_note(self.shot.shot.plate, latest.note)


def _check_movie(shot: OpenShot, frames: str | None) -> None:
    """A movie numbers its frames from 1, so that the host can only shift it as a whole."""
    whole = FrameRange.parse(shot.shot.frames) if shot.shot.frames else shot.plate.frames
    if frames is not None and FrameRange.parse(frames) != whole:
        raise HostError(
            f"A movie holds the mattes of all frames, {whole.words}. Matte all of them, or write name.####.exr."
        )
    if len(whole) != whole.frames[-1] - whole.frames[0] + 1:
        raise HostError(
            f"The frames {whole.words} have gaps, which a movie of mattes cannot have. Write name.####.exr."
        )


def describe(job: Job) -> str:
    """How far a job is, for a progress display."""
    if isinstance(job.error, Cancelled):
        return "cancelled"
    left = "" if not job.seconds_left else f", {job.seconds_left:.0f} s left"
    return f"{job.kind} {job.fraction:.0%}{left}"
