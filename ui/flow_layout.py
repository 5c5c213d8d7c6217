"""A row of widgets that goes on below where it is too narrow."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem, QWidget

GAP = 12
"""Pixels between groups."""


class FlowLayout(QLayout):
    """Groups of widgets beside each other; a group that has no room begins another row."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._springs: list[bool] = []
        self.setSpacing(3)

    def add_group(self, widgets: Iterable[QWidget], spring: bool = False) -> None:
        """Add widgets that stay together.

        Args:
            spring: whether what is left of the row goes before this group.
        """
        group = QWidget()
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.spacing())
        for widget in widgets:
            row.addWidget(widget)
        self._springs.append(spring)
        self.addWidget(group)

    def addItem(self, item: QLayoutItem) -> None:
        """See QLayout; groups come by `add_group`."""
        self._items.append(item)

    def count(self) -> int:
        """See QLayout."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """See QLayout."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """See QLayout."""
        if not 0 <= index < len(self._items):
            return None
        self._springs.pop(index)
        return self._items.pop(index)

    def expandingDirections(self) -> Qt.Orientation:
        """Takes the height that it needs, and the width that there is."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """The narrower, the more rows."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all rows."""
        rows = self._rows(width - self._margins.width())
        return sum(map(self._height, rows)) + self.spacing() * (len(rows) - 1) + self._margins.height()

    def sizeHint(self) -> QSize:
        """All in one row."""
        every = list(range(self.count()))
        return QSize(self._width(every), self._height(every)) + self._margins

    def minimumSize(self) -> QSize:
        """The widest group."""
        width = max((item.sizeHint().width() for item in self._items), default=0)
        return QSize(width, self._height(list(range(self.count())))) + self._margins

    def setGeometry(self, rect: QRect) -> None:
        """Place the groups."""
        super().setGeometry(rect)
        room = self.contentsRect()
        top = room.top()
        for row in self._rows(room.width()):
            springs = sum(self._springs[place] for place in row[1:])
            spare = (room.width() - self._width(row)) // springs if springs else 0
            left, height = room.left(), self._height(row)
            for place in row:
                size = self._items[place].sizeHint()
                left += spare if self._springs[place] and place != row[0] else 0
                self._items[place].setGeometry(QRect(QPoint(left, top + (height - size.height()) // 2), size))
                left += size.width() + GAP
            top += height + self.spacing()

    @property
    def _margins(self) -> QSize:
        margins = self.contentsMargins()
        return QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _rows(self, width: int) -> list[list[int]]:
        rows: list[list[int]] = [[]]
        for place in range(self.count()):
            if rows[-1] and self._width([*rows[-1], place]) > width:
                rows.append([])
            rows[-1].append(place)
        return rows

    def _width(self, row: list[int]) -> int:
        return sum(self._items[place].sizeHint().width() for place in row) + GAP * max(0, len(row) - 1)

    def _height(self, row: list[int]) -> int:
        return max((self._items[place].sizeHint().height() for place in row), default=0)
