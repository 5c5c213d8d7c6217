"""The panel's colours: a quiet dark grey near Nuke's own, one accent, and one colour a meaning."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette


class Colour:
    """Every colour in use, by what it means."""

    WINDOW = QColor(50, 50, 50)
    PANEL = QColor(43, 43, 43)
    FIELD = QColor(34, 34, 34)
    VIEWPORT = QColor(28, 28, 28)
    LINE = QColor(26, 26, 26)
    BUTTON = QColor(66, 66, 66)
    HOVER = QColor(80, 80, 80)
    TEXT = QColor(208, 208, 208)
    DIM = QColor(140, 140, 140)
    DISABLED = QColor(104, 104, 104)
    ACCENT = QColor(232, 152, 58)
    KEY = QColor(246, 206, 92)
    FRESH = QColor(84, 152, 104)
    PROGRESS = QColor(52, 96, 66)  # dark enough for the text that stands on it
    PROXY = QColor(92, 132, 180)
    STALE = QColor(190, 128, 52)
    FAILED = QColor(196, 72, 66)
    WARNING = QColor(236, 176, 84)
    ERROR = QColor(240, 112, 104)


def dark_palette() -> QPalette:
    """The palette for styles that draw from one."""
    palette = QPalette()
    role = QPalette.ColorRole
    for target, colour in (
        (role.Window, Colour.WINDOW),
        (role.WindowText, Colour.TEXT),
        (role.Base, Colour.FIELD),
        (role.AlternateBase, Colour.PANEL),
        (role.Text, Colour.TEXT),
        (role.Button, Colour.BUTTON),
        (role.ButtonText, Colour.TEXT),
        (role.ToolTipBase, Colour.FIELD),
        (role.ToolTipText, Colour.TEXT),
        (role.Highlight, Colour.ACCENT),
        (role.HighlightedText, Colour.LINE),
        (role.PlaceholderText, Colour.DIM),
        (role.Link, Colour.ACCENT),
    ):
        palette.setColor(target, colour)
    for disabled in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, disabled, Colour.DISABLED)
    return palette
