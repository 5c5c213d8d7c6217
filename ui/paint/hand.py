"""The artist's hand on the picture: presses, moves and releases become strokes on the frame that is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QPainterPath

from stfam.ui.model.brush_state import BrushState
from stfam.ui.model.document import Document
from stfam.ui.model.messages import Messages
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.view_state import ViewState
from stfam.ui.paint.tools import Tool, begin

PAINTED_VIEWS = ("plate", "trimap", "overlay")
"""Views on which strokes land; on the others the pointer only looks."""


@dataclass(frozen=True)
class _Press:
    """Where a gesture began; `label` overrides the brush's."""

    frame: int
    at: QPointF
    pressure: float
    label: int | None


class PaintingHand(QObject):
    """Paints one stroke at a time; points are plate pixels. A stroke ends when another frame is shown.

    What is drawn while the frame is not a keyframe yet is painted when it is one.

    Args:
        make_key: makes a frame a keyframe, now (True) or later (False); `begin_awaited` is told of it then.

    Signals:
        began: the pointer was pressed to paint.
        ended: it was let go; what was painted is an undo step.
    """

    began = Signal()
    ended = Signal()

    def __init__(
        self,
        document: Document,
        playhead: Playhead,
        view: ViewState,
        brush: BrushState,
        make_key: Callable[[int], bool],
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._playhead, self._view = document, playhead, view
        self._brush, self._make_key, self._messages = brush, make_key, messages
        self._tool: Tool | None = None
        self._press: _Press | None = None
        self._at = QPointF()
        self._early: list[tuple[QPointF, float]] = []
        self._released: QPointF | None = None
        playhead.moved.connect(lambda _: self.finish())
        document.opened.connect(self._let_go)

    @property
    def paints_here(self) -> bool:
        """Whether a trimap can be painted on what is shown."""
        return self._document.editable and self._view.view.name in PAINTED_VIEWS

    @property
    def outline(self) -> QPainterPath:
        """What to draw over the picture while the gesture lasts."""
        return QPainterPath() if self._tool is None else self._tool.outline()

    def press(self, at: QPointF, pressure: float, label: int | None) -> None:
        """Begin a stroke; where nothing can be painted, say why."""
        plate, frame = self._document.plate, self._playhead.frame
        if plate is None or self._press is not None:
            return
        if not self.paints_here:
            self._explain()
        elif frame in self._document.keys or plate.rect.contains(at):
            self._playhead.stop()
            self._press, self._at = _Press(frame, at, pressure, label), at
            self._early, self._released = [], None
            self.began.emit()
            if self._make_key(frame):
                self._begin(self._press)

    def move(self, at: QPointF, pressure: float) -> None:
        """Go on with the stroke."""
        self._at = at
        if self._tool is not None:
            self._tool.move(at, pressure)
        elif self._press is not None and self._released is None:
            self._early.append((at, pressure))

    def release(self, at: QPointF) -> None:
        """End the stroke: it becomes an undo step."""
        if self._tool is not None:
            self._tool.release(at)
            self._let_go()
        else:
            self._released = at

    def begin_awaited(self, frame: int) -> None:
        """The frame is a key now: the stroke that was begun on it goes on."""
        if self._press is not None and self._press.frame == frame and self._tool is None:
            self._begin(self._press)
            for at, pressure in self._early:
                self.move(at, pressure)
            if self._released is not None:
                self.release(self._released)

    def drop_awaited(self, frame: int) -> None:
        """The frame does not become a key."""
        if self._press is not None and self._press.frame == frame and self._tool is None:
            self._let_go()

    def finish(self) -> None:
        """End the stroke where it is; one that waits for its keyframe is dropped."""
        self.release(self._at)
        self._let_go()

    def _begin(self, press: _Press) -> None:
        self._tool = begin(self._brush, self._document, press.frame, press.at, press.pressure, press.label)

    def _let_go(self) -> None:
        if self._press is not None:
            self._tool = self._press = None
            self.ended.emit()

    def _explain(self) -> None:
        if self._document.read_only:
            self._messages.say("This shot is read-only here. Save As makes a copy to paint on.", "save_as")
        else:
            name = self._view.view.name
            self._messages.say(f"Trimaps are painted on Plate, Trimap and Overlay, not on {name}.", "view_overlay")
