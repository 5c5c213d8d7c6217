"""What the artist is told: one sentence, or the errors since the last try, with what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True)
class Message:
    """A sentence, whether it tells of an error, and the actions offered beside it.

    Attributes:
        text: one line for each error.
        actions: ids of `stfam.ui.actions.table`.
        missing: whether it names what is missing for something that was tried.
    """

    text: str
    error: bool = False
    actions: tuple[str, ...] = ()
    missing: bool = False


class Messages(QObject):
    """The message that is shown; `changed` tells of another, or of none."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current: Message | None = None

    def say(self, text: str, *actions: str) -> None:
        """Show a sentence."""
        self._show(Message(text, False, actions))

    def miss(self, text: str, *actions: str) -> None:
        """Show what is missing for something that was tried; it goes when a key is edited, or when work begins."""
        self._show(Message(text, False, actions, True))

    def warn(self, text: str, *actions: str) -> None:
        """Show an error, below those that are shown."""
        shown = self.current if self.current is not None and self.current.error else Message("")
        lines = [line for line in shown.text.splitlines() if line != text]
        offered = tuple(dict.fromkeys((*shown.actions, *actions)))
        self._show(Message("\n".join([*lines, text]), True, offered))

    def clear_errors(self) -> None:
        """Show no error any longer: something new is tried."""
        if self.current is not None and self.current.error:
            self.clear()

    def clear_missing(self) -> None:
        """Show no longer what is missing."""
        if self.current is not None and self.current.missing:
            self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._show(None)

    def _show(self, message: Message | None) -> None:
        self.current = message
        self.changed.emit()
