"""The plate of the shot that is open, read by several threads, the last frames kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stfam.core.errors import InputError
from stfam.core.frame_range import FrameRange
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.media.plate import PlateFrame, open_plate
from stfam.core.plate_pattern import is_movie
from stfam.core.shot import Shot

KEPT = 3
"""Frames kept in memory: the one on screen at its levels, and its neighbours."""


class OpenPlate:
    """Has a plate; one thread at a time decodes."""

    def __init__(self, spec: str, colorspace: str | None) -> None:
        """Open it.

        Raises:
            InputError: there is no plate, or none of its frames can be read.
        """
        self.spec, self._colorspace = spec, colorspace
        self._plate = open_plate(spec, colorspace)
        self._frames = self._plate.frames
        self._kept: OrderedDict[str, PlateFrame] = OrderedDict()
        self._lock = threading.Lock()
        self.meta = self._first_readable().meta

    @property
    def frames(self) -> tuple[int, ...]:
        """Frame numbers, ascending, as they were when it was opened."""
        return self._frames

    @property
    def frames_now(self) -> tuple[int, ...]:
        """As they were at the last look."""
        return self._plate.frames

    @property
    def size(self) -> tuple[int, int]:
        """(H, W)."""
        return self.meta.size

    @property
    def megapixels(self) -> float:
        """Of its frames."""
        return self.size[0] * self.size[1] / 1e6

    def read(self, frame: int) -> PlateFrame:
        """One frame.

        Raises:
            InputError: it is missing or unreadable.
        """
        with self._lock:
            name = self._plate.identity(frame)
            if name not in self._kept:
                self._kept[name] = self._plate.read(frame)
            self._kept.move_to_end(name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[name]

    def meta_of(self, frame: int) -> FrameMeta:
        """That of a frame; the plate's where the frame is not there.

        Raises:
            InputError: it is unreadable.
        """
        return self.read(frame).meta if self.present(frame) else self.meta

    def identity(self, frame: int) -> str:
        """What changes with the frame's content.

        Raises:
            InputError: the frame is missing.
        """
        return self._plate.identity(frame)

    def present(self, frame: int) -> bool:
        """Whether the frame's file is there."""
        try:
            self._plate.identity(frame)
        except (InputError, OSError):
            return False
        return True

    def look_again(self) -> bool:
        """Whether a sequence has other frames than at the last look, as one that is still being rendered."""
        try:
            plate = self._plate if is_movie(self.spec) else open_plate(self.spec, self._colorspace)
        except InputError:  # none at all: each fails by itself
            return False
        changed = plate.frames != self._plate.frames
        if changed:
            self._plate = plate
        return changed

    def describe(self) -> dict[str, Any]:
        """What a panel shows of it."""
        height, width = self.size
        return {
            "frames": str(FrameRange.of(self.frames)),
            "width": width,
            "height": height,
            "fps": float(self.meta.fps) if self.meta.fps else 0.0,
            "steady": self._plate.steady,
            "pixel_aspect": self.meta.pixel_aspect,
            "colorspace": self.meta.colorspace,
        }

    def check_apart(self, shot: Shot, frames: Iterable[int]) -> None:
        """Refuse to write `shot` over the plate or a painted key: `render` knows the copies of keys that jobs read.

        Raises:
            UsageError: names the file and what it is.
        """
        from stfam.core.output_apart import check_apart  # they take torch along, which looking at a plate does not need
        from stfam.core.render_outputs import FOREGROUND, MATTE, TRIMAP, output_files

        present = sorted(set(frames).intersection(self.frames))
        if present:
            files = output_files(shot.output, "render", present, dict.fromkeys((MATTE, FOREGROUND, TRIMAP), str))
            check_apart(files, self._plate, present, {key.frame: Path(key.trimap) for key in shot.keys})

    def close(self) -> None:
        """Let go of files."""
        with self._lock:
            self._plate.close()

    def _first_readable(self) -> PlateFrame:
        problem: InputError | None = None
        for frame in self.frames[:8]:
            try:
                return self.read(frame)
            except InputError as error:
                problem = problem or error
        assert problem is not None
        raise problem
