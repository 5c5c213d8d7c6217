"""The artist's hand on the picture: presses, moves and releases become strokes on the frame that is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QPainterPath

from stfam.ui.model.brush_state import BrushState
from stfam.ui.model.document import Document
from stfam.ui.model.messages import Messages
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.view_state import ViewState
from stfam.ui.paint.brush import Brush
from stfam.ui.paint.tools import Tool, begin

PAINTED_VIEWS = ("plate", "trimap", "overlay")
"""Views on which strokes land; on the others the pointer only looks."""


@dataclass(eq=False)
class _Gesture:
    """What the pointer does on a frame from a press on, with the tool and brush of then.

    Attributes:
        points: where it was until its frame was a keyframe, each with its pressure.
        released: where it was let go; None while it is pressed.
    """

    frame: int
    tool: str
    brush: Brush
    points: list[tuple[QPointF, float]]
    released: QPointF | None = None


class PaintingHand(QObject):
    """Paints one stroke at a time; points are plate pixels. A stroke ends when another frame is shown.

    What is drawn while the frame is not a keyframe yet is painted when it is one, wherever the artist is by then.

    Args:
        make_key: makes a frame a keyframe, now (True) or later (False); `begin_awaited` is told of it then.

    Signals:
        began: the pointer was pressed to paint.
        ended: it was let go, and none waits for its keyframe; what was painted is an undo step.
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
        self._now: _Gesture | None = None
        self._at = QPointF()
        self._early: list[_Gesture] = []
        playhead.moved.connect(lambda _: self.finish())
        document.opened.connect(self._drop)

    @property
    def paints_here(self) -> bool:
        """Whether a trimap can be painted on what is shown."""
        return self._document.editable and self._view.view.name in PAINTED_VIEWS

    @property
    def waits(self) -> bool:
        """Whether something that was drawn is not painted yet, as its frame is to become a keyframe first."""
        return bool(self._early)

    @property
    def outline(self) -> QPainterPath:
        """What to draw over the picture while the gesture lasts."""
        return QPainterPath() if self._tool is None else self._tool.outline()

    def press(self, at: QPointF, pressure: float, label: int | None) -> None:
        """Begin a stroke, with `label` in place of the brush's where there is one; say why nothing can be painted."""
        plate, frame = self._document.plate, self._playhead.frame
        if plate is None or self._now is not None:
            return
        if not self.paints_here:
            self._explain()
        elif frame in self._document.keys or plate.rect.contains(at):
            self._playhead.stop()
            brush = self._brush.brush if label is None else replace(self._brush.brush, label=label)
            self._now, self._at = _Gesture(frame, self._brush.tool, brush, [(at, pressure)]), at
            self._early.append(self._now)
            self.began.emit()
            if self._make_key(frame):
                self.begin_awaited(frame)

    def move(self, at: QPointF, pressure: float) -> None:
        """Go on with the stroke."""
        self._at = at
        if self._tool is not None:
            self._tool.move(at, pressure)
        elif self._now is not None:
            self._now.points.append((at, pressure))

    def release(self, at: QPointF) -> None:
        """End the stroke: it becomes an undo step."""
        if self._now is not None:
            self._now.released = at
            tool, self._tool, self._now = self._tool, None, None
            if tool is not None:
                tool.release(at)
            self._say_ended()

    def begin_awaited(self, frame: int) -> None:
        """The frame is a key now: the strokes that were begun on it go on."""
        for gesture in [early for early in self._early if early.frame == frame]:
            self._early.remove(gesture)
            tool = begin(gesture.tool, self._document, frame, gesture.brush, *gesture.points[0])
            for at, pressure in gesture.points[1:]:
                tool.move(at, pressure)
            if gesture.released is None:
                self._tool = tool
            else:
                tool.release(gesture.released)
                self._say_ended()

    def drop_awaited(self, frame: int) -> None:
        """The frame does not become a key."""
        dropped = [early for early in self._early if early.frame == frame]
        if dropped:
            self._early = [early for early in self._early if early not in dropped]
            self._now = None if self._now in dropped else self._now
            self._say_ended()

    def finish(self) -> None:
        """End the stroke where it is."""
        self.release(self._at)

    def _drop(self) -> None:
        """Another shot is open."""
        self._tool = self._now = None
        self._early.clear()
        self.ended.emit()

    def _say_ended(self) -> None:
        if self._now is None and not self._early:
            self.ended.emit()

    def _explain(self) -> None:
        if self._document.read_only:
            self._messages.say("This shot is read-only here. Save As makes a copy to paint on.", "save_as")
        else:
            name = self._view.view.name
            self._messages.say(f"Trimaps are painted on Plate, Trimap and Overlay, not on {name}.", "view_overlay")
