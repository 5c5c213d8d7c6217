"""Strokes, lines and polygons painted into a trimap, and the rectangle that they touched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from stfam.ui.model.trimap_canvas import BACKGROUND, UNKNOWN, TrimapCanvas
from stfam.ui.paint.brush import Brush


def paint_segment(canvas: TrimapCanvas, brush: Brush, start: QPointF, end: QPointF, pressure: float = 1.0) -> QRect:
    """Paint one piece of a stroke; returns the pixels that may have changed, empty where none lies in the trimap."""
    diameter = brush.diameter(pressure)
    dirty = _bounds(canvas, QRectF(start, end).normalized(), diameter)
    if dirty.isEmpty():
        return dirty
    painter = QPainter(canvas.image)
    painter.setClipRect(dirty)
    if brush.has_border:
        _line(painter, border_mode(brush.label), UNKNOWN, start, end, diameter)
    _line(painter, QPainter.CompositionMode.CompositionMode_Source, brush.label, start, end, brush.core(pressure))
    painter.end()
    return dirty


def fill_polygon(canvas: TrimapCanvas, brush: Brush, points: Sequence[QPointF]) -> QRect:
    """Fill a closed outline with the brush's label, all that it goes around once or more often; a brush with a border
    draws it along the outline, outside."""
    if len(points) < 3:
        return QRect()
    polygon = QPolygonF(list(points))
    border = brush.size * (1.0 - brush.hardness) if brush.has_border else 0.0
    dirty = _bounds(canvas, polygon.boundingRect(), border)
    if dirty.isEmpty():
        return dirty
    painter = QPainter(canvas.image)
    painter.setClipRect(dirty)
    if border:
        painter.setCompositionMode(border_mode(brush.label))
        painter.setPen(_pen(UNKNOWN, border))
        painter.drawPolygon(polygon)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_gray(brush.label))
    painter.drawPolygon(polygon, Qt.FillRule.WindingFill)
    painter.end()
    return dirty


def border_mode(label: int) -> QPainter.CompositionMode:
    """How unknown is laid around a label so that pixels of that label stay: it only lifts background, or only
    lowers foreground."""
    if label == BACKGROUND:
        return QPainter.CompositionMode.CompositionMode_Darken
    return QPainter.CompositionMode.CompositionMode_Lighten


def _line(
    painter: QPainter, mode: QPainter.CompositionMode, label: int, start: QPointF, end: QPointF, width: float
) -> None:
    painter.setCompositionMode(mode)
    painter.setPen(_pen(label, width))
    if start == end:
        painter.drawPoint(start)
    else:
        painter.drawLine(start, end)


def _pen(label: int, width: float) -> QPen:
    return QPen(_gray(label), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _gray(label: int) -> QColor:
    return QColor(label, label, label)


def _bounds(canvas: TrimapCanvas, box: QRectF, diameter: float) -> QRect:
    reach = diameter / 2 + 2
    return box.adjusted(-reach, -reach, reach, reach).toAlignedRect().intersected(canvas.rect)
