"""The queue page in a window of its own, beside the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from stfam.ui.queue.command_model import CommandQueueModel
from stfam.ui.queue.page import QueuePage
from stfam.ui.theme.palette import dark_palette


class QueueWindow(QWidget):
    """Follows the queue while it is open, and not before.

    Args:
        parent: the panel.
        command: the queue's command line; there is nothing to show where it is None.
    """

    def __init__(self, parent: QWidget, command: Callable[[], Sequence[str]] | None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._command = command
        self._queue: CommandQueueModel | None = None
        self.page: QueuePage | None = None
        self.setWindowTitle("Render queue - stfam")
        self.setPalette(dark_palette())  # a window has its application's, not its panel's
        QVBoxLayout(self).setContentsMargins(0, 0, 0, 0)

    @property
    def available(self) -> bool:
        """Whether there is a queue to show."""
        return self._command is not None

    def sizeHint(self) -> QSize:
        """A size that shows a job's frames beside the jobs."""
        return QSize(1100, 640)

    def present(self) -> None:
        """Open the window, or bring it to the front."""
        if self._command is None:
            return
        if self.page is None:
            self._queue = CommandQueueModel(self._command())
            self.page = QueuePage(self._queue)
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self.page)
        self.show()
        self.raise_()

    def shut(self) -> None:
        """Stop following the queue."""
        if self._queue is not None and self.page is not None:
            self._queue.close()
            self.page.deleteLater()
            self._queue = self.page = None

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nobody looks any more."""
        self.shut()
        event.accept()
