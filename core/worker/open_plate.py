"""The plate of the shot that is open, read by several threads, the last frames kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from stfam.core.errors import InputError
from stfam.core.frame_range import FrameRange
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.media.plate import PlateFrame, open_plate

KEPT = 3
"""Frames kept in memory: the one on screen at its levels, and its neighbours."""


class OpenPlate:
    """Has a plate; one thread at a time decodes."""

    def __init__(self, spec: str, colorspace: str | None) -> None:
        """Open it.

        Raises:
            InputError: there is no plate, or none of its frames can be read.
        """
        self.spec = spec
        self._plate = open_plate(spec, colorspace)
        self._kept: OrderedDict[str, PlateFrame] = OrderedDict()
        self._lock = threading.Lock()
        self.meta = self._first_readable().meta

    @property
    def frames(self) -> tuple[int, ...]:
        """Frame numbers, ascending."""
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
