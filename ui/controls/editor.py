"""What every editor of a parameter has: a signal when the artist changes it, and a way to show a value."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget


class Editor(QWidget):
    """Base of the editors: `edited` carries a value that the artist chose; `show_value` never emits it."""

    edited = Signal(object)

    def show_value(self, value: Any) -> None:
        """Show a value that came from elsewhere."""
        raise NotImplementedError

    def _lay_out(self, *widgets: QWidget) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in widgets:
            layout.addWidget(widget)
        self.setFocusProxy(widgets[0])
