"""What is solved of the open shot: trimaps and raw alphas in its cache, and whether they still hold."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from stfam.core.errors import InputError, StfamError
from stfam.core.frame_range import FrameRange
from stfam.core.media.frame_meta import FloatImage
from stfam.core.media.pattern import FramePattern
from stfam.core.media.readback import recorded
from stfam.core.shot import Shot
from stfam.core.solved_cache import preview_shot, read_alpha, read_labels
from stfam.core.trimap import Trimap, over_display
from stfam.core.worker.open_plate import OpenPlate

if TYPE_CHECKING:
    from stfam.core.settings_hash import MatteHashes

TRIMAP, MATTE, PLATE = "trimap", "matte", "plate"
"""Lanes of a status, and what each frame's state there is of."""


@dataclass(frozen=True)
class Solved:
    """A trimap (H, W) uint8 or alpha (H, W) float32 of one frame.

    Attributes:
        identity: changes with the pixels.
        load: reads them.
        stale: computed from an earlier key, parameter or plate.
        proxy: computed at proxy size, and of that size.
    """

    identity: str
    load: Callable[[], npt.NDArray[Any]]
    stale: bool = False
    proxy: bool = False

    @property
    def pixels(self) -> npt.NDArray[Any]:
        """The pixels, read from disk."""
        return self.load()


class Results:
    """The results of one state of the shot; another state has another object, which takes over what is in memory."""

    def __init__(self, shot: Shot, plate: OpenPlate, cache: Path, earlier: Results | None = None) -> None:
        self.shot = preview_shot(shot, cache)
        self.final = shot
        self._plate = plate
        self._trimaps = FramePattern.parse(str(self.shot.output.trimaps))
        self._alphas = FramePattern.parse(self.shot.output.matte)
        self._painted = {key.frame: Path(key.trimap) for key in shot.keys}
        self._previews: dict[int, tuple[str, FloatImage]] = earlier._previews if earlier else {}
        self._records: dict[Path, tuple[int, str | None]] = earlier._records if earlier else {}
        self._left_out: dict[int, str] = earlier._left_out if earlier else {}
        """Identity of the plate of each keyframe that a run could not read."""
        self._known_hashes: tuple[set[int], MatteHashes] | None = None
        """With the keyframes that are no part of them."""
        self._lock = threading.Lock()

    @property
    def hashes(self) -> MatteHashes:
        """What the files' hashes have to be."""
        return self._reckoned()[1]

    def _reckoned(self) -> tuple[set[int], MatteHashes]:
        """The keyframes that are no part of the hashes, and these; imported when needed, as it takes torch along."""
        from stfam.core.worker.frame_hashes import frame_hashes

        # a list, as a job may add to them meanwhile
        left = {frame for frame, plate in list(self._left_out.items()) if plate == self._plate_identity(frame)}
        if self._known_hashes is None or self._known_hashes[0] != left:
            keys = tuple(key for key in self.shot.keys if key.frame not in left)
            self._known_hashes = left, frame_hashes(replace(self.shot, keys=keys), self._plate)
        return self._known_hashes

    def leave_out(self, keys: Iterable[int]) -> None:
        """Reckon without keyframes whose plate cannot be read, as the run did that says so, until the plate changes."""
        for frame in keys:
            identity = self._plate_identity(frame)
            try:
                self._plate.read(frame)
            except InputError:
                self._left_out[frame] = identity

    def trimap(self, frame: int) -> Solved | None:
        """A frame's trimap: painted, or propagated; None where there is none."""
        painted = self._painted.get(frame)
        if painted is not None:
            return Solved(_painted_stamp(painted), lambda: self._painted_labels(frame, painted))
        path = self.trimap_path(frame)
        status = _file_status(path)
        if status is None:
            return None
        stale = self._record(path, status) != self._hash(TRIMAP, frame)
        return Solved(_stamp(path, status), lambda: read_labels(path), stale)

    def alpha(self, frame: int) -> Solved | None:
        """A frame's alpha, unrefined; at proxy size where the full size is missing or stale."""
        path, preview = self.alpha_path(frame), self._previews.get(frame)
        status = _file_status(path)
        wanted = self._hash(MATTE, frame) if status or preview else ""
        if status is not None and self._record(path, status) == wanted:
            self._previews.pop(frame, None)
            return Solved(_stamp(path, status), lambda: read_alpha(path))
        if preview is not None and preview[0] == wanted:
            return Solved(f"proxy-{preview[0]}", lambda: preview[1], proxy=True)
        return None if status is None else Solved(_stamp(path, status), lambda: read_alpha(path), stale=True)

    def put_preview(self, frame: int, alpha: FloatImage) -> None:
        """Keep an alpha (h, w) at proxy size until the full size is there."""
        self._previews[frame] = (self._hash(MATTE, frame), alpha)

    def trimap_path(self, frame: int) -> Path:
        """Where a propagated trimap lies."""
        return self._trimaps.path(frame)

    def alpha_path(self, frame: int) -> Path:
        """Where an unrefined alpha lies."""
        return self._alphas.path(frame)

    def holds(self, lane: str, frame: int) -> bool:
        """Whether a frame's result is there and computed from what is set now."""
        path = self.trimap_path(frame) if lane == TRIMAP else self.alpha_path(frame)
        status = _file_status(path)
        return status is not None and self._record(path, status) == self._hash(lane, frame)

    def status(self) -> dict[str, dict[str, str]]:
        """The states of all frames: {lane: {state: frame range}}."""
        found: dict[str, dict[str, list[int]]] = {TRIMAP: {}, MATTE: {}, PLATE: {}}
        look = self._in_one_look()
        for frame in self._plate.frames:
            trimap, alpha = look.trimap(frame), look.alpha(frame)
            found[TRIMAP].setdefault("fresh" if frame in self._painted else _state(trimap), []).append(frame)
            found[MATTE].setdefault(_state(alpha), []).append(frame)
            if not self._plate.present(frame):
                found[PLATE].setdefault("failed", []).append(frame)
        ranges = {}
        for lane, states in found.items():
            ranges[lane] = {state: str(FrameRange.of(frames)) for state, frames in states.items()}
        return ranges

    def _in_one_look(self) -> Results:
        """The same results, for one pass over all frames: their hashes look at each of the plate's once."""
        look = copy(self)
        with suppress(StfamError, OSError):  # no hash can be known then
            left, hashes = self._reckoned()
            look._known_hashes = left, hashes.in_one_look()
        return look

    def _painted_labels(self, frame: int, path: Path) -> Trimap:
        labels = read_labels(path)
        return labels if labels.shape == self._plate.size else over_display(labels, self._plate.meta_of(frame))

    def _hash(self, lane: str, frame: int) -> str:
        """Empty where it cannot be known, as no key reaches the frame or the plate's frame is gone."""
        if not self.shot.keys:
            return ""
        try:
            with self._lock:
                trimap = self.hashes.trimaps[frame]
                return trimap if lane == TRIMAP or not trimap else self.hashes.matte(frame)
        except (StfamError, OSError):
            return ""

    def _plate_identity(self, frame: int) -> str:
        try:
            return self._plate.identity(frame)
        except InputError:
            return ""

    def _record(self, path: Path, status: os.stat_result) -> str | None:
        known = self._records.get(path)
        if known is None or known[0] != status.st_mtime_ns:
            known = self._records[path] = (status.st_mtime_ns, recorded(path))
        return known[1]


def _state(solved: Solved | None) -> str:
    if solved is None:
        return "missing"
    return "proxy" if solved.proxy else "stale" if solved.stale else "fresh"


def _file_status(path: Path) -> os.stat_result | None:
    """Of a file, in one look: others may replace and remove it at any time. None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _stamp(path: Path, status: os.stat_result) -> str:
    """What changes with a file's content."""
    return f"{path.name}-{status.st_size}-{status.st_mtime_ns}"


def _painted_stamp(path: Path) -> str:
    """The same of a key's trimap.

    Raises:
        InputError: it is gone.
    """
    try:
        return _stamp(path, path.stat())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}. Put it back.", path=str(path)) from error
