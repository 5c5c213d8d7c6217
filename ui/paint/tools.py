"""The painting tools: each turns presses, moves and releases into pixels of one key trimap."""

from __future__ import annotations

from collections.abc import Callable
from math import floor

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QPainterPath

from stfam.ui.model.document import Document
from stfam.ui.model.edits import Paint
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.paint.brush import Brush
from stfam.ui.paint.flood_fill import flood_fill
from stfam.ui.paint.stroke import fill_polygon, paint_segment


class Tool:
    """One gesture, from the press to the release, that paints at once and becomes one undo step.

    Points are plate pixels.
    """

    name = ""

    def __init__(self, document: Document, frame: int, brush: Brush) -> None:
        self._document, self._frame, self._brush = document, frame, brush
        self._canvas: TrimapCanvas = document.keys[frame]
        self._before = self._canvas.snapshot()
        self._dirty = QRect()

    def move(self, point: QPointF, pressure: float) -> None:
        """The pointer moved while pressed."""

    def outline(self) -> QPainterPath:
        """What to draw over the picture while the gesture lasts; nothing where the paint itself is seen."""
        return QPainterPath()

    def release(self, point: QPointF) -> None:
        """The pointer was released: the gesture becomes an undo step."""
        if not self._dirty.isEmpty() and self._document.keys.get(self._frame) is self._canvas:
            step = Paint(self._document, self._frame, self._dirty, self._before, self.name)
            self._document.undo.push(step)

    def _touched(self, rect: QRect) -> None:
        if not rect.isEmpty():
            self._dirty = self._dirty.united(rect)
            self._document.painted.emit(self._frame, rect)


class BrushGesture(Tool):
    """A freehand stroke."""

    name = "Brush"

    def __init__(self, document: Document, frame: int, brush: Brush, point: QPointF, pressure: float) -> None:
        super().__init__(document, frame, brush)
        self._last = point
        self._touched(paint_segment(self._canvas, brush, point, point, pressure))

    def move(self, point: QPointF, pressure: float) -> None:
        """Paint on to `point`."""
        self._touched(paint_segment(self._canvas, self._brush, self._last, point, pressure))
        self._last = point


class LineGesture(Tool):
    """A straight stroke from the press to the release."""

    name = "Line"

    def __init__(self, document: Document, frame: int, brush: Brush, point: QPointF, pressure: float) -> None:
        super().__init__(document, frame, brush)
        self._start, self._end = point, point

    def move(self, point: QPointF, pressure: float) -> None:
        """Aim the line."""
        self._end = point

    def outline(self) -> QPainterPath:
        """The line."""
        path = QPainterPath(self._start)
        path.lineTo(self._end)
        return path

    def release(self, point: QPointF) -> None:
        """Paint the line."""
        self._touched(paint_segment(self._canvas, self._brush, self._start, point))
        super().release(point)


class LassoGesture(Tool):
    """A freehand outline, filled on release."""

    name = "Lasso"

    def __init__(self, document: Document, frame: int, brush: Brush, point: QPointF, pressure: float) -> None:
        super().__init__(document, frame, brush)
        self._points = [point]

    def move(self, point: QPointF, pressure: float) -> None:
        """Draw the outline on."""
        self._points.append(point)

    def outline(self) -> QPainterPath:
        """The outline so far, closed."""
        path = QPainterPath(self._points[0])
        for point in self._points[1:]:
            path.lineTo(point)
        path.closeSubpath()
        return path

    def release(self, point: QPointF) -> None:
        """Fill the outline."""
        self._points.append(point)
        self._touched(fill_polygon(self._canvas, self._brush, self._points))
        super().release(point)


class FillGesture(Tool):
    """A flood fill of the connected pixels of one label, on the press."""

    name = "Fill"

    def __init__(self, document: Document, frame: int, brush: Brush, point: QPointF, pressure: float) -> None:
        super().__init__(document, frame, brush)
        self._touched(flood_fill(self._canvas, floor(point.x()), floor(point.y()), brush.label))


_GESTURES: dict[str, Callable[[Document, int, Brush, QPointF, float], Tool]] = {
    "brush": BrushGesture,
    "line": LineGesture,
    "lasso": LassoGesture,
    "fill": FillGesture,
}


def begin(name: str, document: Document, frame: int, brush: Brush, point: QPointF, pressure: float) -> Tool:
    """Press the tool `name` on the key trimap of `frame`."""
    return _GESTURES[name](document, frame, brush, point, pressure)
