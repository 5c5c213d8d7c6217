"""A column that scrolls up and down where it is too short."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QWidget


class Scrolled(QScrollArea):
    """Scrolls a page, and is never narrower than the page beside its scroll bar."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(widgetResizable=True)
        self._page = page
        self.setWidget(page)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        """The whole page beside the scroll bar."""
        return QSize(self.minimumSizeHint().width(), self._page.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The page's width and its scroll bar's."""
        width = self._page.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, super().minimumSizeHint().height())
