"""The undo steps of a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRect
from PySide6.QtGui import QUndoCommand

from stfam.ui.model.document import Document
from stfam.ui.model.packer import Packer
from stfam.ui.model.trimap_canvas import TrimapCanvas

_SET_VALUE = 1
_SET_RANGE = 2


class Paint(QUndoCommand):
    """Pixels of a key trimap that were painted already; `before` is the snapshot taken before them."""

    def __init__(self, document: Document, frame: int, rect: QRect, before: bytes, text: str) -> None:
        super().__init__(f"{text}, frame {frame}")
        canvas, pack = document.keys[frame], document.packer.pack
        self._document, self._frame, self._rect, self._rows = document, frame, rect, canvas.rows(rect)
        self._before = pack(memoryview(before)[self._rows])
        self._after = pack(bytes(memoryview(canvas.pixels)[self._rows]))
        self._versions = canvas.version, object()
        self._painted = True

    def redo(self) -> None:
        """Paint again; the first time the pixels are there already."""
        if not self._painted:
            self._put(self._after())
        self._end(self._versions[1], painted=True)

    def undo(self) -> None:
        """Put the pixels back."""
        self._put(self._before())
        self._end(self._versions[0], painted=False)

    def _put(self, pixels: bytes) -> None:
        self._document.keys[self._frame].pixels[self._rows] = pixels
        self._document.painted.emit(self._frame, self._rect)

    def _end(self, version: object, painted: bool) -> None:
        self._document.keys[self._frame].version, self._painted = version, painted
        self._document.key_edited.emit(self._frame)


class PutKey(QUndoCommand):
    """A keyframe added, replaced or (None) removed."""

    def __init__(self, document: Document, frame: int, canvas: TrimapCanvas | None, text: str) -> None:
        super().__init__(f"{text}, frame {frame}")
        self._document, self._frame, self._given = document, frame, canvas
        self._before = _kept(document.packer, document.keys.get(frame))
        self._after = _kept(document.packer, canvas)

    def redo(self) -> None:
        """Put the key; the first time the one that was given."""
        given, self._given = self._given, None
        self._document.put_key(self._frame, given or self._after())

    def undo(self) -> None:
        """Put back what was there."""
        self._document.put_key(self._frame, self._before())


def _kept(packer: Packer, canvas: TrimapCanvas | None) -> Callable[[], TrimapCanvas | None]:
    """Makes the trimap again as it is now, which may be painted on meanwhile; None of none."""
    if canvas is None:
        return lambda: None
    width, height, version, pixels = canvas.width, canvas.height, canvas.version, packer.pack(canvas.snapshot())

    def make() -> TrimapCanvas:
        again = TrimapCanvas(width, height)
        again.replace(pixels())
        again.version = version
        return again

    return make


class SetValue(QUndoCommand):
    """A parameter; the moves of one slider become one step."""

    def __init__(self, document: Document, name: str, value: Any) -> None:
        """A step that is not done yet.

        Raises:
            UsageError: the parameter cannot have the value.
        """
        super().__init__(f"Set {name.partition('.')[2]}")
        self._document, self._name, self._value = document, name, document.accepted(name, value)
        self._previous = document.value(name)

    def id(self) -> int:
        """Steps of one id may merge."""
        return _SET_VALUE

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later value of the same parameter."""
        if not isinstance(other, SetValue) or other._name != self._name:
            return False
        self._value = other._value
        return True

    def redo(self) -> None:
        """Set the value."""
        self._document.assign(self._name, self._value)

    def undo(self) -> None:
        """Set what was there."""
        self._document.assign(self._name, self._previous)


def set_range(document: Document, first: int, last: int) -> None:
    """Make two frames, in any order, in and out, by a step where they are new; beyond the plate its ends are meant."""
    plate = document.plate
    if plate is not None and document.editable:
        first, last = (min(max(end, plate.first), plate.last) for end in sorted((first, last)))
        if (first, last) != document.in_out:
            document.undo.push(SetRange(document, (first, last)))


class SetRange(QUndoCommand):
    """The in and out frames."""

    def __init__(self, document: Document, in_out: tuple[int, int]) -> None:
        super().__init__(f"Set range {in_out[0]}-{in_out[1]}")
        self._document, self._range = document, in_out
        self._previous = document.in_out, document.named_range

    def id(self) -> int:
        """Steps of one id may merge."""
        return _SET_RANGE

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later range."""
        if not isinstance(other, SetRange):
            return False
        self._range = other._range
        return True

    def redo(self) -> None:
        """Set the range."""
        self._document.assign_range(self._range)

    def undo(self) -> None:
        """Set what was there."""
        self._document.assign_range(*self._previous)
