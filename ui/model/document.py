"""The shot that is open: its plate, painted keys and parameters, every change of which can be undone."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QUndoStack

from stfam.core.frame_range import FrameRange
from stfam.core.shot import Keyframe, Output, Refinement, Settings, Shot
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.trimap_canvas import TrimapCanvas

UNDO_LIMIT = 500


class Document(QObject):
    """One open shot. Widgets read it and listen; edits go through `stfam.ui.model.edits`.

    Signals:
        opened: another plate or shot is open, or none.
        keys_changed: a keyframe came or went.
        painted(frame, QRect): pixels of a key trimap changed and should be drawn.
        key_edited(frame): a change of a key trimap is complete; results that rest on it are stale.
        value_changed(name): a parameter such as "settings.window" changed.
        range_changed: the in or out frame changed.
        path_changed: the shot was saved elsewhere or another is open.
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
        self.plate: PlateInfo | None = None
        self.keys: dict[int, TrimapCanvas] = {}
        self.path: Path | None = None
        self.read_only = False
        self.in_out = (0, 0)
        self._parts = _defaults()

    @property
    def editable(self) -> bool:
        """Whether a plate is open and this panel may change the shot."""
        return self.plate is not None and not self.read_only

    @property
    def range_text(self) -> str:
        """The plate's frames from in to out, as frame range text."""
        return str(FrameRange.of(self.range_frames))

    @property
    def range_frames(self) -> tuple[int, ...]:
        """The plate's frames from in to out."""
        first, last = self.in_out
        return tuple(f for f in self.plate.frames if first <= f <= last) if self.plate else ()

    def load(self, plate: PlateInfo, shot: Shot, keys: dict[int, TrimapCanvas], path: Path | None) -> None:
        """Show another shot; what was open is gone."""
        self.undo.clear()
        self.undo.setClean()
        self.plate, self.keys, self.path = plate, dict(keys), path
        self._parts = {"settings": shot.settings, "refinement": shot.refinement, "output": shot.output}
        frames = tuple(FrameRange.parse(shot.frames)) if shot.frames else plate.frames
        self.in_out = (max(frames[0], plate.first), min(frames[-1], plate.last))
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

    def assign_range(self, in_out: tuple[int, int]) -> None:
        """Set in and out without an undo step."""
        self.in_out = in_out
        self.range_changed.emit()

    def put_key(self, frame: int, canvas: TrimapCanvas | None) -> None:
        """Add, replace or (None) remove a keyframe without an undo step."""
        if canvas is None:
            self.keys.pop(frame, None)
        else:
            self.keys[frame] = canvas
        self.keys_changed.emit()
        self.key_edited.emit(frame)

    def rename(self, path: Path | None) -> None:
        """The shot now lives at `path`."""
        self.path = path
        self.path_changed.emit()

    def span(self, frame: int) -> tuple[int, ...]:
        """The frames whose trimaps rest on the key at `frame`: up to, without, the neighbouring keys."""
        before = [key for key in self.keys if key < frame]
        after = [key for key in self.keys if key > frame]
        frames = self.plate.frames if self.plate else ()
        lower, upper = max(before, default=None), min(after, default=None)
        return tuple(f for f in frames if (lower is None or f > lower) and (upper is None or f < upper))

    def shot(self, key_paths: dict[int, str]) -> Shot:
        """The project file of the present state, with the trimaps at `key_paths`."""
        if self.plate is None:
            raise ValueError("no plate is open")
        return Shot(
            plate=self.plate.spec,
            keys=tuple(Keyframe(frame, key_paths[frame]) for frame in sorted(self.keys)),
            frames=self.range_text,
            settings=self._parts["settings"],
            refinement=self._parts["refinement"],
            output=self._parts["output"],
        )


def default_value(name: str) -> Any:
    """A parameter's default; None where it has none."""
    part, _, field = name.partition(".")
    default = {f.name: f.default for f in fields(_PARTS[part])}[field]
    return default if isinstance(default, (str, int, float, bool)) else None


_PARTS: dict[str, Any] = {"settings": Settings, "refinement": Refinement, "output": Output}


def _defaults() -> dict[str, Any]:
    return {"settings": Settings(), "refinement": Refinement(), "output": Output(matte="")}
