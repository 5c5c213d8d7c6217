"""The jobs as rows of a table."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from stfam.ui.queue.model import QueueJob, QueueModel
from stfam.ui.theme.palette import Colour

Index = QModelIndex | QPersistentModelIndex

COLUMNS = ("Job", "Name", "State", "Frames", "Priority", "Seconds")
_STATE_COLOURS = {
    "running": Colour.ACCENT,
    "done": Colour.FRESH,
    "failed": Colour.ERROR,
    "paused": Colour.WARNING,
    "cancelled": Colour.DIM,
}


class JobTable(QAbstractTableModel):
    """Rows follow the queue model; a row keeps its place while only its values change."""

    def __init__(self, queue: QueueModel) -> None:
        super().__init__(queue)
        self._queue = queue
        self._rows = queue.jobs
        queue.jobs_changed.connect(self._update)

    def job(self, row: int) -> QueueJob | None:
        """The job in a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row(self, number: int | None) -> int:
        """The row of a job; -1 where it has none."""
        return next((row for row, job in enumerate(self._rows) if job.number == number), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """As many as there are jobs."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """COLUMNS."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A job's value in a column, its colour and its tool tip."""
        job = self.job(index.row())
        if job is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            frames = f"{job.done}/{job.frames}"
            return (job.number, job.name, job.state, frames, job.priority, f"{job.seconds:.0f}")[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 2:
            return _STATE_COLOURS.get(job.state, Colour.TEXT)
        if role == Qt.ItemDataRole.ToolTipRole:
            return job.error or None
        return None

    def _update(self) -> None:
        same = [job.number for job in self._rows] == [job.number for job in self._queue.jobs]
        if same:
            self._rows = self._queue.jobs
            if self._rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._rows = self._queue.jobs
        self.endResetModel()
