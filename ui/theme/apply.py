"""Dresses a panel in the theme."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from PySide6.QtWidgets import QWidget

from stfam.ui.theme.palette import dark_palette
from stfam.ui.theme.style_sheet import style_sheet


def dress(panel: QWidget) -> None:
    """Give `panel` the palette and the style sheet."""
    icons = Path(str(files("stfam.resources"))) / "icons"
    panel.setObjectName("stfam")
    panel.setPalette(dark_palette())
    panel.setStyleSheet(style_sheet((icons / "arrow_down.svg").as_posix(), (icons / "check.svg").as_posix()))
