"""Dresses a panel in the theme."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QDir, QTemporaryDir
from PySide6.QtWidgets import QWidget

from stfam.ui.theme.palette import Colour, dark_palette
from stfam.ui.theme.style_sheet import style_sheet


def dress(panel: QWidget) -> QTemporaryDir:
    """Give `panel` the palette and style sheet; the folder that is returned holds its pictures and must outlive it."""
    folder = QTemporaryDir()
    paths = []
    for name in ("arrow_down", "check"):
        drawing = (files("stfam.resources") / "icons" / f"{name}.svg").read_text("utf-8")
        path = QDir(folder.path()).filePath(f"{name}.svg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(drawing.replace("currentColor", Colour.TEXT.name()))
        paths.append(path)
    panel.setObjectName("stfam")
    panel.setPalette(dark_palette())
    panel.setStyleSheet(style_sheet(*paths))
    return folder
