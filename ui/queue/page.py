"""The queue page: jobs, the watched job's progress, its frames as thumbnails and its log, cancel and retry."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from stfam.ui.queue.job_table import COLUMNS, JobTable
from stfam.ui.queue.model import QueueFrame, QueueJob, QueueModel

THUMBNAIL = QSize(120, 90)
FRAME = THUMBNAIL + QSize(14, 30)
"""A frame's picture and the line below it."""
LOG_LINES = 5000

_ALLOWED = {
    "pause": ("waiting", "running"),
    "resume": ("paused",),
    "cancel": ("waiting", "running", "paused"),
    "retry": ("failed", "cancelled"),
}
_WITHOUT_TIME = {"failed": "failed", "skipped": "found finished"}
_TIPS = {
    "pause": "Hand nothing of this job out any more; what runs stops within a frame",
    "resume": "Go on with this job",
    "cancel": "End this job; its finished frames stay",
    "retry": "Do what failed or was cancelled after all; finished frames stay",
}


class QueuePage(QWidget):
    """Watches a queue model; the selected job is the one that the model is asked to watch."""

    def __init__(self, queue: QueueModel) -> None:
        super().__init__()
        self._queue = queue
        self.setAccessibleName("Render queue")
        self.jobs = _job_view(JobTable(queue))
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of the job")
        self.reason = QLabel(wordWrap=True)
        self.reason.setAccessibleName("Message of the queue")
        self._complaint = ""
        self.frames = _frame_view()
        self.log = _log_view()
        self.buttons = {name: self._button(name) for name in _ALLOWED}
        self._lay_out()
        self.jobs.selectionModel().currentRowChanged.connect(lambda current, _: self._select(current.row()))
        queue.jobs_changed.connect(self._show_jobs)
        queue.frames_changed.connect(self._show_frames)
        queue.log_begun.connect(self.log.clear)
        queue.log_grew.connect(self.log.appendPlainText)
        queue.failed.connect(self._complain)
        self._show_job(None)

    @property
    def table(self) -> JobTable:
        """The rows."""
        model = self.jobs.model()
        assert isinstance(model, JobTable)
        return model

    def _lay_out(self) -> None:
        actions = QHBoxLayout()
        actions.addWidget(self.progress, 1)
        for button in self.buttons.values():
            actions.addWidget(button)
        details = QSplitter(Qt.Orientation.Vertical)
        details.addWidget(_titled("Frames", self.frames))
        details.addWidget(_titled("Log", self.log))
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(actions)
        column.addWidget(self.reason)
        column.addWidget(details, 1)
        both = QSplitter()
        both.setChildrenCollapsible(False)
        both.addWidget(self.jobs)
        both.addWidget(right)
        both.setSizes([480, 580])
        both.setStretchFactor(1, 1)
        QHBoxLayout(self).addWidget(both)

    def _button(self, action: str) -> QPushButton:
        button = QPushButton(action.capitalize())
        button.setToolTip(_TIPS[action])
        button.clicked.connect(lambda: self._ask(action))
        return button

    def _ask(self, action: str) -> None:
        if self._queue.watched is not None:
            self._complain("")
            self._queue.ask(action, self._queue.watched)

    def _complain(self, sentence: str) -> None:
        """Say what went wrong until something else is asked for or looked at."""
        self._complaint = sentence
        self._show_reason()

    def _select(self, row: int) -> None:
        job = self.table.job(row)
        if job is not None and job.number != self._queue.watched:
            self._complaint = ""
            self._queue.watch(job.number)
            self._show_job(job)

    def _show_jobs(self) -> None:
        row = self.table.row(self._queue.watched)
        if row >= 0 and self.jobs.currentIndex().row() != row:
            self.jobs.selectRow(row)
        self._show_job(self._queue.job(self._queue.watched))

    def _show_job(self, job: QueueJob | None) -> None:
        self.progress.setRange(0, max(1, job.frames if job else 1))
        self.progress.setValue(job.done if job else 0)
        self.progress.setFormat(f"{job.done} of {job.frames} frames, {job.state}" if job else "")
        self._show_reason()
        for action, states in _ALLOWED.items():
            self.buttons[action].setEnabled(job is not None and job.state in states)

    def _show_reason(self) -> None:
        job = self._queue.job(self._queue.watched)
        reason = job.error if job else "Choose a job to see its frames and its log."
        self.reason.setText("\n".join(filter(None, (self._complaint, reason))))

    def _show_frames(self) -> None:
        """Items are kept and changed in place, so that the view does not jump while frames come."""
        frames = self._queue.frames
        while self.frames.count() > len(frames):
            self.frames.takeItem(self.frames.count() - 1)
        for i, frame in enumerate(frames):
            item = self.frames.item(i) if i < self.frames.count() else _frame_item(self.frames)
            _show_frame(item, frame)


def _frame_item(view: QListWidget) -> QListWidgetItem:
    """An item whose size is told: of uniform items the view measures the first, which has no picture yet."""
    item = QListWidgetItem(view)
    item.setSizeHint(FRAME)
    return item


def _show_frame(item: QListWidgetItem, frame: QueueFrame) -> None:
    item.setText(f"{frame.frame} {_WITHOUT_TIME.get(frame.state, f'· {frame.seconds:.1f} s')}")
    item.setToolTip(frame.note)
    if frame.picture and item.data(Qt.ItemDataRole.UserRole) != frame:  # the file is another after another render
        item.setIcon(QIcon(frame.picture))
        item.setData(Qt.ItemDataRole.UserRole, frame)


def _job_view(table: JobTable) -> QTableView:
    view = QTableView()
    view.setModel(table)
    view.setAccessibleName("Jobs")
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.verticalHeader().hide()
    header = view.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setResizeContentsPrecision(0)  # by the rows in sight: all of a long queue would take a second at each change
    header.setSectionResizeMode(COLUMNS.index("Name"), QHeaderView.ResizeMode.Stretch)
    return view


def _titled(title: str, view: QWidget) -> QWidget:
    pane = QWidget()
    column = QVBoxLayout(pane)
    column.setContentsMargins(0, 4, 0, 0)
    column.setSpacing(3)
    label = QLabel(title)
    label.setProperty("dim", True)
    label.setBuddy(view)
    column.addWidget(label)
    column.addWidget(view, 1)
    return pane


def _frame_view() -> QListWidget:
    view = QListWidget()
    view.setAccessibleName("Frames of the job")
    view.setViewMode(QListView.ViewMode.IconMode)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setMovement(QListView.Movement.Static)
    view.setIconSize(THUMBNAIL)
    view.setUniformItemSizes(True)
    view.setGridSize(FRAME)
    return view


def _log_view() -> QPlainTextEdit:
    view = QPlainTextEdit()
    view.setAccessibleName("Log of the job")
    view.setReadOnly(True)
    view.setMaximumBlockCount(LOG_LINES)
    return view
