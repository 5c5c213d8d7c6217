"""The line below the menus that tells the artist something, with buttons for what can be done."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton

from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.model.messages import Messages

LINES = 3
"""Errors that are shown of those that came; the tool tip has all."""

_BREAKS = re.compile(r"([/\\_.:-]|\w{24})(?=\S)")


class MessageBar(QFrame):
    """Shows the current message; hidden where there is none."""

    def __init__(self, messages: Messages, actions: ActionRegistry) -> None:
        super().__init__()
        self._messages, self._actions = messages, actions
        self._buttons: list[QToolButton] = []
        self.setObjectName("message")
        self.text = QLabel(wordWrap=True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAccessibleName("Message")
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.close_button = close = QToolButton()
        close.setText("✕")
        close.setToolTip("Hide this message")
        close.setAccessibleName("Hide this message")
        close.clicked.connect(messages.clear)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 4, 6, 4)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(close)
        messages.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        message = self._messages.current
        self._buttons = [self._button(name) for name in message.actions] if message else []
        self.setVisible(message is not None)
        self.text.setText(wrappable(newest(message.text)) if message else "")
        self.text.setToolTip(message.text if message else "")
        self.setProperty("error", bool(message and message.error))
        self.style().unpolish(self)
        self.style().polish(self)

    def _button(self, action_id: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[action_id])
        button.setProperty("wide", True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._row.insertWidget(self._row.count() - 1, button)
        return button


def newest(text: str) -> str:
    """The last lines of a text, and how many are left out."""
    lines = text.splitlines()
    left_out = len(lines) - LINES
    return "\n".join([f"{left_out} more, and:", *lines[-LINES:]] if left_out > 0 else lines)


def wrappable(text: str) -> str:
    """The text with places of no width where a path may go on in the next line."""
    return _BREAKS.sub("\\1\u200b", text)
