"""The shot that is open in the worker: its plate, its results, and what can be asked about them."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from stfam.core.errors import InputError, TrimapError, UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.media.image_file import read_meta
from stfam.core.media.matte_writer import prepare_folder, write_trimap
from stfam.core.render_request import pattern_trimaps
from stfam.core.shot import Keyframe, Shot
from stfam.core.solved_cache import read_labels
from stfam.core.trimap import from_mask, read_key, read_mask, read_trimap, widen
from stfam.core.worker.kept_keys import KeptKeys, Stamp, key_stamp, name_originals
from stfam.core.worker.layers import Layers
from stfam.core.worker.messages import AdjustTrimap, Configure, Export, Frame, Matte, Pixel, Propagate, TrimapFrom, Warm
from stfam.core.worker.open_plate import OpenPlate
from stfam.core.worker.results import Results
from stfam.core.worker.shot_object import shot_from_object
from stfam.core.worker.warm_start import WarmStart
from stfam.core.worker.wire import Wire

if TYPE_CHECKING:
    from stfam.core.worker.solver import Solver

Result = dict[str, Any]


class Session:
    """One open shot."""

    def __init__(self, shot: Shot, cache: str, warm_start: WarmStart) -> None:
        """Open the plate.

        Raises:
            UsageError: no cache folder is named.
            InputError: the plate is missing or unreadable.
            OutputError: the cache folder cannot be used.
        """
        if not cache:
            raise UsageError("Name the shot's cache folder.")
        self._cache = Path(cache)
        self._writing, self._loading = threading.Lock(), threading.Lock()
        prepare_folder(self._cache)
        self._open_plate(shot)
        shot = _with_keys(shot, self._plate)
        self._key_stamps = _stamps(shot)
        self._results = Results(shot, self._plate, self._cache)
        self._kept_keys = KeptKeys(self._cache / "keys")
        self._warm_start = warm_start
        self.playhead = self._plate.frames[0]

    def describe(self) -> Result:
        """The plate."""
        return self._plate.describe()

    def status(self) -> Result:
        """The state of every frame: {"status": {lane: {state: frame range}}}."""
        return {"status": self._results.status()}

    def key_files(self) -> dict[str, str]:
        """An 8-bit PNG of each key trimap, made where the key is of another kind, or of a data window's size."""
        return {str(key.frame): self._as_png(key) for key in self._shot.keys}

    def propagated(self) -> str:
        """The range of frames that have a propagated trimap, whether it holds or not; quick, as `status` is not."""
        frames = [frame for frame in self._plate.frames if self._results.trimap_path(frame).is_file()]
        return str(FrameRange.of(frames))

    def configure(self, request: Configure) -> Result:
        """Take over another state of the same shot; says which frames may differ, and whether the refinement does.

        Raises:
            UsageError: the colour space is unknown.
            InputError: another plate, no shot, or a key's trimap is missing; nothing has changed.
        """
        shot = _with_keys(shot_from_object(request.shot, request.folder), self._plate)
        old, stamps = self._shot, self._key_stamps
        if shot.plate != old.plate:
            raise InputError(f"The open plate is {old.plate}; send `open` to work on {shot.plate}.")
        solved = self._plate.look_again()
        self._take_over(shot)
        solved |= self._key_stamps != stamps or shot.settings != old.settings
        return {
            "colorspace": self._plate.meta.colorspace,
            "changed": str(FrameRange.of(self._plate.frames)) if solved else "",
            "refined": shot.refinement != old.refinement,
        }

    def set_key(self, frame: int, trimap: str | None) -> None:
        """Add, replace or (None) remove a keyframe.

        Raises:
            InputError: a key's trimap is missing; nothing has changed.
        """
        keys = {key.frame: key for key in self._shot.keys if key.frame != frame}
        if trimap is not None:
            keys[frame] = Keyframe(frame, trimap)
        ordered = tuple(keys[number] for number in sorted(keys))
        self._take_over(dataclasses.replace(self._shot, keys=ordered))

    def picture(self, request: Frame) -> Result:
        """A display-ready picture."""
        return self._layers.picture(request, self._results)

    def pixel(self, request: Pixel) -> Result:
        """Plate values as in the file, trimap label and refined alpha; None where there is none."""
        height, width = self._plate.size
        if not (0 <= request.x < width and 0 <= request.y < height):
            return {"plate": None, "trimap": None, "alpha": None}
        values, results = self._plate.read(request.frame).image[request.y, request.x], self._results
        trimap, solved = results.trimap(request.frame), results.alpha(request.frame)
        alpha = None if solved is None else self._layers.refined_alpha(request.frame, solved, results.final.refinement)
        return {
            "plate": [float(value) for value in values],
            "trimap": None if trimap is None else int(_under(trimap.pixels, request, (height, width))),
            "alpha": None if alpha is None else _under(alpha, request, (height, width)),
        }

    def trimap_from(self, request: TrimapFrom) -> Result:
        """A trimap PNG from a mask, or from a file that is a trimap already.

        Raises:
            InputError: the image, or the plate's frame, cannot be read.
            TrimapError: of another size than the plate, or without a subject.
        """
        path = Path(request.source)
        meta = self._plate.meta if request.frame is None else self._plate.meta_of(request.frame)
        try:
            trimap = read_trimap(path, self._plate.size, meta=meta)
        except TrimapError:
            trimap = from_mask(read_mask(path, meta), request.inner, request.outer, name=str(path))
        return {"path": self._new_trimap(trimap)}

    def adjusted_trimap(self, request: AdjustTrimap) -> Result:
        """A trimap PNG with a wider or narrower unknown band.

        Raises:
            InputError: the trimap is missing or unreadable.
        """
        return {"path": self._new_trimap(widen(read_labels(Path(request.trimap)), request.grow))}

    def estimate(self, frames: str) -> Result:
        """Seconds and bytes that matting these frames will take; below 0 where that is not known."""
        return self._solver().estimate(frames, self._results)

    def work(
        self, request: Propagate | Matte | Export | Warm, wire: Wire, job: int
    ) -> Callable[[Callable[[], bool]], Result]:
        """The job of a request, on the shot as it is now.

        Raises:
            InputError: a key's trimap is missing.
            WriteError: a key's trimap cannot be kept for the job.
        """
        if not isinstance(request, Warm) and self._plate.look_again():
            self._take_over(self._shot)
        shot, results = self._shot, self._results
        if not isinstance(request, Warm):
            results = Results(self._kept_keys.shot(shot), self._plate, self._cache, results)

        def run(cancelled: Callable[[], bool]) -> Result:
            try:
                if isinstance(request, Export):
                    self._plate.check_apart(shot, FrameRange.parse(request.frames))
                return self._solver().run(request, results, wire, job, cancelled, lambda: self.playhead)
            except InputError as error:
                name_originals(error, results.shot, shot)
                raise

        return run

    def close(self) -> None:
        """Let go of files."""
        self._plate.close()

    @property
    def _shot(self) -> Shot:
        """As it is now."""
        return self._results.final

    def _take_over(self, shot: Shot) -> None:
        """Work on another state of the shot.

        Raises:
            UsageError: the colour space is unknown.
            InputError: a key's trimap is missing; nothing has changed.
        """
        stamps = _stamps(shot)
        if shot.settings.colorspace != self._shot.settings.colorspace:
            self._open_plate(shot)
        self._key_stamps = stamps
        self._results = Results(shot, self._plate, self._cache, self._results)

    def _open_plate(self, shot: Shot) -> None:
        """Read the plate as the shot says; a job that runs goes on with what it has."""
        self._plate = OpenPlate(shot.plate, shot.settings.colorspace)
        self._layers = Layers(self._plate, self._cache / "pictures")
        self._known_solver: Solver | None = None

    def _solver(self) -> Solver:
        """Imported when it is needed: the plate can be looked at and painted on before torch is there."""
        with self._loading:  # a job and an estimate may be the first ones at once
            if self._known_solver is None:
                from stfam.core.worker.solver import Solver

                self._known_solver = Solver(self._cache, self._plate, self._warm_start.networks)
            return self._known_solver

    def _as_png(self, key: Keyframe) -> str:
        path, size = Path(key.trimap), self._plate.size
        png = path.suffix.lower() == ".png"
        try:
            if png and read_meta(path).size == size:
                return str(path)
            return self._new_trimap(read_key(path, size, lambda: self._plate.meta_of(key.frame)))
        except InputError:
            if not png:
                raise
            return str(path)  # of an older plate's size, say, which the panel scales

    def _new_trimap(self, trimap: Any) -> str:
        name = hashlib.sha256(trimap.tobytes()).hexdigest()[:20]
        path = self._cache / "trimaps" / f"{name}.png"
        with self._writing:  # the same trimap may be asked for twice at once
            if not path.is_file():
                prepare_folder(path.parent)
                write_trimap(path, trimap)
        return str(path)


def _with_keys(shot: Shot, plate: OpenPlate) -> Shot:
    """The shot with the keyframes of its pattern named one by one: those that the plate has."""
    if shot.keys_pattern is None:
        return shot
    files = pattern_trimaps(shot, frozenset(plate.frames))
    keys = {frame: Keyframe(frame, str(path)) for frame, path in files.items()}
    keys.update({key.frame: key for key in shot.keys})
    ordered = tuple(keys[frame] for frame in sorted(keys))
    return dataclasses.replace(shot, keys=ordered, keys_pattern=None)


def _under(solved: npt.NDArray[Any], request: Pixel, plate: tuple[int, int]) -> float:
    """The value at a pixel of the plate; a proxy, or what is solved of an older plate, is of another size."""
    (height, width), (rows, columns) = solved.shape, plate
    return float(solved[request.y * height // rows, request.x * width // columns])


def _stamps(shot: Shot) -> dict[int, Stamp]:
    return {key.frame: key_stamp(key) for key in shot.keys}
