"""The shot that is open: its plate, painted keys and parameters, every change of which can be undone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QUndoStack

from stfam.core.errors import UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Keyframe, Output, Refinement, Settings, Shot
from stfam.ui.model.once import Once
from stfam.ui.model.packer import Packer
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.trimap_canvas import TrimapCanvas

UNDO_LIMIT = 500

PATHS = ("output.matte", "output.foreground", "output.trimaps")
"""Parameters that are file patterns."""


class Document(QObject):
    """One open shot. Widgets read it and listen; edits go through `stfam.ui.model.edits`.

    Attributes:
        read_only: another panel has the shot.
        restored: it holds work that an earlier panel did not save.
        packer: compresses what undo steps keep.
        in_out: first and last frame of what is solved and exported.
        named_range: the frames as the shot's file names them, until in or out is changed; empty from then on.

    Signals:
        opened: another plate or shot is open, or none.
        keys_changed: a keyframe came or went.
        painted(frame, QRect): pixels of a key trimap changed and should be drawn.
        key_edited(frame): a change of a key trimap is complete; results that rest on it are stale.
        value_changed(name): a parameter such as "settings.window" changed.
        range_changed: the in or out frame changed.
        path_changed: the shot was saved or another is open.
    """

    opened = Signal()
    keys_changed = Signal()
    painted = Signal(int, QRect)
    key_edited = Signal(int)
    value_changed = Signal(str)
    range_changed = Signal()
    path_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self.undo.setUndoLimit(UNDO_LIMIT)
        self.packer = Packer()
        self.plate: PlateInfo | None = None
        self.keys: dict[int, TrimapCanvas] = {}
        self.path: Path | None = None
        self.read_only = False
        self.restored = False
        self.in_out = (0, 0)
        self.named_range = ""
        self._parts = _defaults()
        self._key_files: dict[int, Once] = {}
        self.painted.connect(lambda frame, _: self._key_files.pop(frame, None))
        self.key_edited.connect(lambda frame: self._key_files.pop(frame, None))

    @property
    def editable(self) -> bool:
        """Whether a plate is open and this panel may change the shot."""
        return self.plate is not None and not self.read_only

    @property
    def folder(self) -> Path:
        """Where relative paths of the shot are taken from."""
        return Path(self.path or (self.plate.spec if self.plate else "")).parent

    @property
    def range_text(self) -> str:
        """The plate's frames from in to out, as frame range text."""
        return str(FrameRange.of(self.range_frames))

    @property
    def range_frames(self) -> tuple[int, ...]:
        """The plate's frames from in to out; of them, those that the shot's file names."""
        if self.plate is None:
            return ()
        if self.named_range:
            named = set(FrameRange.parse(self.named_range))
            return tuple(f for f in self.plate.frames if f in named)
        first, last = self.in_out
        return tuple(f for f in self.plate.frames if first <= f <= last)

    @property
    def range_problem(self) -> str:
        """Why there is no frame from in to out; empty where there is one."""
        if self.plate is None or self.range_frames:
            return ""
        asked = self.named_range or "{}-{}".format(*self.in_out)
        there = FrameRange.of(self.plate.frames).words
        return f"The range {asked} names no frame of {self.plate.name}, which has {there}. Set in and out."

    @property
    def stray_keys(self) -> tuple[int, ...]:
        """The keyframes that the plate has no frame of, any more or yet; nothing can be solved with them."""
        return tuple(sorted(set(self.keys).difference(self.plate.frames if self.plate else ())))

    def load(self, plate: PlateInfo, shot: Shot, keys: dict[int, TrimapCanvas], path: Path | None) -> None:
        """Show another shot; what was open is gone."""
        self.undo.clear()
        self.undo.setClean()  # an empty stack may be unclean: restored work is
        self._key_files.clear()
        self.plate, self.keys, self.path = plate, dict(keys), path
        self._parts = {"settings": shot.settings, "refinement": shot.refinement, "output": shot.output}
        self.named_range = shot.frames or ""
        self.in_out = (plate.first, plate.last)
        if shot.frames:
            frames = self.range_frames or FrameRange.parse(shot.frames).frames
            self.in_out = (frames[0], frames[-1])
        self.opened.emit()
        self.path_changed.emit()

    def value(self, name: str) -> Any:
        """A parameter by its dotted name, such as "refinement.shrink"."""
        part, _, field = name.partition(".")
        return getattr(self._parts[part], field)

    def assign(self, name: str, value: Any) -> None:
        """Set a parameter without an undo step; `edits.SetValue` is the step."""
        part, _, field = name.partition(".")
        self._parts[part] = replace(self._parts[part], **{field: value})
        self.value_changed.emit(name)

    def accepted(self, name: str, value: Any) -> Any:
        """What `value` becomes as a parameter: a relative path is taken from the shot's, or the plate's, folder.

        Raises:
            UsageError: the parameter cannot have the value.
        """
        if name in PATHS and value:
            return Path(os.path.normpath(self.folder / value)).as_posix()
        part, _, field = name.partition(".")
        parts = {**self._parts, part: replace(self._parts[part], **{field: value})}
        Shot(plate="", **parts)
        _check_clips(parts["refinement"])
        return value

    def assign_range(self, in_out: tuple[int, int], named: str = "") -> None:
        """Set in and out without an undo step."""
        self.in_out, self.named_range = in_out, named
        self.range_changed.emit()

    def put_key(self, frame: int, canvas: TrimapCanvas | None) -> None:
        """Add, replace or (None) remove a keyframe without an undo step."""
        if canvas is None:
            self.keys.pop(frame, None)
        else:
            self.keys[frame] = canvas
        self.keys_changed.emit()
        self.key_edited.emit(frame)

    def key_file(self, frame: int) -> Callable[[], bytes]:
        """Makes the PNG file of a key as it is now, on any thread; of what is painted there it is made once."""
        if frame not in self._key_files:
            self._key_files[frame] = Once(self.keys[frame].encoder())
        return self._key_files[frame]

    def note_saved(self, path: Path) -> None:
        """The shot lives at `path`, as it is now."""
        self.path, self.read_only, self.restored = path, False, False
        self.undo.setClean()
        self.path_changed.emit()

    def span(self, frame: int) -> tuple[int, ...]:
        """The frames whose trimaps rest on the key at `frame`: up to, without, the neighbouring keys."""
        before = [key for key in self.keys if key < frame]
        after = [key for key in self.keys if key > frame]
        frames = self.plate.frames if self.plate else ()
        lower, upper = max(before, default=None), min(after, default=None)
        return tuple(f for f in frames if (lower is None or f > lower) and (upper is None or f < upper))

    def shot(self, key_paths: dict[int, str]) -> Shot:
        """The project file of the present state, with the trimaps at `key_paths`.

        Raises:
            ValueError: no plate is open.
        """
        if self.plate is None:
            raise ValueError("no plate is open")
        return Shot(
            plate=self.plate.spec,
            keys=tuple(Keyframe(frame, key_paths[frame]) for frame in sorted(self.keys)),
            frames=self.named_range or self.range_text,
            settings=self._parts["settings"],
            refinement=self._parts["refinement"],
            output=self._parts["output"],
        )


def default_value(name: str) -> Any:
    """A parameter's default; None where it has none."""
    part, _, field = name.partition(".")
    default = {f.name: f.default for f in fields(_PARTS[part])}[field]
    return default if isinstance(default, (str, int, float, bool)) else None


def _check_clips(refinement: Refinement) -> None:
    if refinement.black >= refinement.white:
        raise UsageError(
            "The black clip must lie below the white clip. Move the other one first.",
            black=refinement.black,
            white=refinement.white,
        )


_PARTS: dict[str, Any] = {"settings": Settings, "refinement": Refinement, "output": Output}


def _defaults() -> dict[str, Any]:
    return {"settings": Settings(), "refinement": Refinement(), "output": Output(matte="")}
