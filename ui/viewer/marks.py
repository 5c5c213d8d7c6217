"""What is written and drawn over the picture: marks of stale and proxy frames, wipe line, brush ring."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QTransform

from stfam.ui.theme.palette import Colour
from stfam.ui.viewer.view_transform import ViewTransform

LABEL_COLOURS = {0: QColor(96, 144, 255), 128: QColor(240, 178, 60), 255: QColor(96, 220, 140)}


def draw_badges(painter: QPainter, badges: list[tuple[str, QColor]]) -> None:
    """Short texts in the top left corner, each in its colour."""
    font = QFont(painter.font())
    font.setPointSizeF(max(7.0, font.pointSizeF() - 0.5))
    font.setBold(True)
    painter.setFont(font)
    x, metrics = 10, painter.fontMetrics()
    for text, colour in badges:
        box = QRectF(x, 10, metrics.horizontalAdvance(text) + 14, metrics.height() + 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(colour)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        x += int(box.width()) + 6


def draw_invitation(painter: QPainter, room: QRect) -> None:
    """What an empty panel asks for."""
    font = QFont(painter.font())
    font.setPointSizeF(font.pointSizeF() * 1.6 if font.pointSizeF() > 0 else 15.0)
    painter.setFont(font)
    painter.setPen(Colour.DISABLED)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(room.adjusted(10, 0, -10, 0), flags, "Drop a plate or a shot here")


def draw_wipe(painter: QPainter, x: int, height: int, left: str, right: str) -> None:
    """The wipe line with the names of the views at its sides."""
    painter.setPen(QPen(QColor(0, 0, 0, 140), 3))
    painter.drawLine(x, 0, x, height)
    painter.setPen(QPen(Colour.ACCENT, 1))
    painter.drawLine(x, 0, x, height)
    painter.setBrush(Colour.ACCENT)
    painter.drawEllipse(QPointF(x, height / 2), 5, 5)
    painter.setPen(Colour.TEXT)
    painter.drawText(QRect(x - 124, height - 26, 116, 20), Qt.AlignmentFlag.AlignRight, left.capitalize())
    painter.drawText(QRect(x + 8, height - 26, 116, 20), Qt.AlignmentFlag.AlignLeft, right.capitalize())


def draw_ring(painter: QPainter, box: QRectF, label: int) -> None:
    """The brush's size under the pointer, in its label's colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
    painter.drawEllipse(box)
    painter.setPen(QPen(LABEL_COLOURS[label], 1.4))
    painter.drawEllipse(box)


def draw_outline(painter: QPainter, outline: QPainterPath, place: ViewTransform, label: int) -> None:
    """The line or lasso that is being drawn, given in plate pixels."""
    screen = QTransform(place.scale * place.aspect, 0, 0, place.scale, place.x, place.y).map(outline)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
    painter.drawPath(screen)
    painter.setPen(QPen(LABEL_COLOURS[label], 1.4, Qt.PenStyle.DashLine))
    painter.drawPath(screen)
