"""Keeps the wheel that scrolls a form from changing what happens to lie under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class WheelGuard(QObject):
    """Lets a widget have the wheel only while it has the focus, which it takes by a click or by Tab."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """An ignored wheel goes on to what scrolls."""
        unwanted = event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus()
        if unwanted:
            event.ignore()
        return unwanted
