"""Icons from stfam.resources, drawn in the theme's colours at any density."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from stfam.ui.theme.palette import Colour

SIZES = (16, 20, 32, 40)


@cache
def icon(name: str) -> QIcon:
    """The icon `name`: text colour, dim where disabled, accent where checked.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    drawing = (files("stfam.resources") / "icons" / f"{name}.svg").read_text("utf-8")
    made = QIcon()
    for colour, mode, state in (
        (Colour.TEXT, QIcon.Mode.Normal, QIcon.State.Off),
        (Colour.ACCENT, QIcon.Mode.Normal, QIcon.State.On),
        (Colour.DISABLED, QIcon.Mode.Disabled, QIcon.State.Off),
        (Colour.DISABLED, QIcon.Mode.Disabled, QIcon.State.On),
    ):
        for size in SIZES:
            made.addPixmap(_drawn(drawing, colour, size), mode, state)
    return made


def _drawn(drawing: str, colour: QColor, size: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", colour.name()).encode()))
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
