"""The undo steps of a document."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect
from PySide6.QtGui import QUndoCommand

from stfam.ui.model.document import Document
from stfam.ui.model.trimap_canvas import TrimapCanvas

_SET_VALUE = 1
_SET_RANGE = 2


class Paint(QUndoCommand):
    """Pixels of a key trimap that were painted already; `before` is the snapshot taken before them."""

    def __init__(self, document: Document, frame: int, rect: QRect, before: bytes, text: str) -> None:
        super().__init__(f"{text}, frame {frame}")
        canvas = document.keys[frame]
        self._document, self._frame, self._rect = document, frame, rect
        self._before, self._after = canvas.packed(rect, before), canvas.packed(rect)
        self._versions = canvas.version, object()
        self._painted = True

    def redo(self) -> None:
        """Paint again; the first time the pixels are there already."""
        if not self._painted:
            self._put(self._after)
        self._end(self._versions[1], painted=True)

    def undo(self) -> None:
        """Put the pixels back."""
        self._put(self._before)
        self._end(self._versions[0], painted=False)

    def _put(self, packed: bytes) -> None:
        self._document.keys[self._frame].unpack(self._rect, packed)
        self._document.painted.emit(self._frame, self._rect)

    def _end(self, version: object, painted: bool) -> None:
        self._document.keys[self._frame].version, self._painted = version, painted
        self._document.key_edited.emit(self._frame)


class PutKey(QUndoCommand):
    """A keyframe added, replaced or (None) removed."""

    def __init__(self, document: Document, frame: int, canvas: TrimapCanvas | None, text: str) -> None:
        super().__init__(f"{text}, frame {frame}")
        self._document, self._frame, self._canvas = document, frame, canvas
        self._previous = document.keys.get(frame)

    def redo(self) -> None:
        """Put the key."""
        self._document.put_key(self._frame, self._canvas)

    def undo(self) -> None:
        """Put back what was there."""
        self._document.put_key(self._frame, self._previous)


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
