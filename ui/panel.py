"""The panel: a widget that stands alone or is docked in a host."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSettings, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QSizePolicy, QSplitter, QToolButton, QVBoxLayout, QWidget

from stfam.core.worker.environment import worker_command
from stfam.ui.actions.hotkey_dialog import HotkeyDialog
from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.commands.export_commands import ExportCommands
from stfam.ui.commands.file_commands import FileCommands, QueueSender
from stfam.ui.commands.paint_commands import PaintCommands
from stfam.ui.commands.solve_commands import SolveCommands
from stfam.ui.commands.view_commands import ViewCommands
from stfam.ui.controls.numbers import plain_numbers
from stfam.ui.leave_dialog import Leaving
from stfam.ui.message_bar import MessageBar
from stfam.ui.queue.window import QueueWindow
from stfam.ui.recent_menu import RecentMenu
from stfam.ui.scrolled import Scrolled
from stfam.ui.side_panel import SidePanel
from stfam.ui.status_bar import StatusBar
from stfam.ui.theme.apply import dress
from stfam.ui.timeline.timeline import Timeline
from stfam.ui.timeline.transport import Transport
from stfam.ui.viewer.pixel_probe import PixelProbe
from stfam.ui.viewer.view_bar import ViewBar
from stfam.ui.viewer.viewport import Viewport
from stfam.ui.workplace import Workplace

TOOL_COLUMN = (
    "tool_brush", "tool_line", "tool_lasso", "tool_fill", "", "label_foreground", "label_unknown", "label_background",
    "", "grow", "shrink", "", "make_key", "remove_key", "import_trimap", "", "undo", "redo",
)  # fmt: skip

LEAST_HEIGHT = 480
"""Pixels that bars of several rows and a message of a few lines need beside the picture."""


class Panel(QWidget):
    """Everything an artist works with.

    Args:
        command: the worker's command line; found as DESIGN says where it is None.
        settings: where hotkeys and recent files are kept; the user's own where it is None.
        queue: takes a saved shot to the batch queue; the button is hidden where it is None.
        queue_command: the queue's command line; there is no page that watches it where it is None.
    """

    def __init__(
        self,
        command: Callable[[], Sequence[str]] | None = None,
        settings: QSettings | None = None,
        queue: QueueSender | None = None,
        queue_command: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        super().__init__()
        self.setLocale(plain_numbers())
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # as its words and its time go, whatever the host's do
        self.workplace = Workplace(command or worker_command, settings or QSettings("stfam", "panel"))
        self.actions_by_id = ActionRegistry(self, self.workplace.settings)
        self._build_widgets()
        self.queue_window = QueueWindow(self, queue_command)
        self._build_commands(queue)
        dress(self)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setAcceptDrops(True)
        self.setAccessibleName("stfam panel")
        self._lay_out()
        self.workplace.document.opened.connect(self._enable)
        self.workplace.document.undo.cleanChanged.connect(lambda _: self._show_title())
        self.workplace.document.path_changed.connect(self._enable)
        self._enable()
        for end in (self.workplace.close, self.workplace.deleteLater):
            self.destroyed.connect(end)  # a host may take the panel away without a close event
        self.workplace.link.start()

    def sizeHint(self) -> QSize:
        """A size that shows everything."""
        return QSize(1440, 900)

    def open_path(self, path: str) -> None:
        """Open a plate or a shot, after asking about unsaved work."""
        self.files.open_path(path)

    def changeEvent(self, event: QEvent) -> None:
        """Who comes back to the panel may have rendered the plate again meanwhile."""
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.workplace.look_again()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once where work would be lost or is going on; then stop the worker."""
        leaving = self.files.leave("Close")
        if leaving is Leaving.STAY:
            event.ignore()
            return
        if leaving is Leaving.DISCARD:
            self.workplace.document.undo.setClean()
        self.shut()
        event.accept()

    def shut(self) -> None:
        """Stop the worker and end the session without asking."""
        if self.workplace.document.plate is not None and self.workplace.document.undo.isClean():
            self.workplace.autosave.discard()
        self.queue_window.shut()
        self.workplace.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return ends an entry, and the keys are hotkeys again."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.viewport.setFocus()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.open_path(paths[0])

    def _build_widgets(self) -> None:
        work, actions = self.workplace, self.actions_by_id
        self.viewport = Viewport(
            work.document, work.playhead, work.view, work.brush, work.states, work.store, work.hand
        )
        self.probe = PixelProbe(work.document, work.playhead, work.states, work.link)
        self.viewport.hovered.connect(self.probe.look)
        self.view_bar = ViewBar(work.view, self.viewport, actions)
        self.message_bar = MessageBar(work.messages, actions)
        self.timeline = Timeline(work.document, work.playhead, work.states)
        self.transport = Transport(work.document, work.playhead, actions)
        self.side = SidePanel(work, actions)
        self.status = StatusBar(work, actions, self.probe)
        self.menu_bar = QMenuBar(nativeMenuBar=False)

    def _build_commands(self, queue: QueueSender | None) -> None:
        work, actions = self.workplace, self.actions_by_id
        self.files = FileCommands(self, work, queue)
        for commands in (
            self.files, ExportCommands(work), PaintCommands(self, work, actions),
            ViewCommands(work, self.viewport, actions), SolveCommands(work),
        ):  # fmt: skip
            actions.connect_handlers(commands.handlers())
        actions.connect_handlers({"show_queue": self.queue_window.present})
        corner = QToolButton(self.menu_bar)
        corner.setDefaultAction(actions["settings"])
        self.menu_bar.setCornerWidget(corner)
        actions["settings"].setChecked(True)
        actions["settings"].toggled.connect(self.side.setVisible)
        actions["show_queue"].setVisible(self.queue_window.available)
        actions.connect_handlers({"hotkeys": lambda: HotkeyDialog(actions, self).exec()})
        menus = actions.fill_menu_bar(self.menu_bar)
        self.recent_menu = RecentMenu(work.recent, self.open_path, menus["File"])
        menus["File"].insertMenu(actions["save"], self.recent_menu)
        actions["queue"].setVisible(queue is not None)
        self.side.queue_button.setVisible(queue is not None)

    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.addWidget(self.view_bar)
        column.addWidget(self.viewport, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(middle)
        split.addWidget(self.side)
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.setSizes([1100, 340])
        row = QHBoxLayout()
        row.addWidget(self._tool_column())
        row.addWidget(split, 1)
        outer = QVBoxLayout(self)
        outer.setMenuBar(self.menu_bar)
        outer.addWidget(self.message_bar)  # as wide as the panel, so that a sentence keeps to a few lines
        outer.addLayout(row, 1)
        for below in (self.transport, self.timeline, self.status):
            outer.addWidget(below)
        for layout in (column, row, outer):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        self.viewport.setFocus()  # or the first control would keep its keys from the hotkeys

    def _tool_column(self) -> QWidget:
        column = QWidget()
        column.setObjectName("tools")
        layout = QVBoxLayout(column)
        layout.setContentsMargins(4, 6, 4, 6)
        layout.setSpacing(2)
        for action_id in TOOL_COLUMN:
            if not action_id:
                layout.addSpacing(10)
                continue
            button = QToolButton()
            button.setIconSize(QSize(20, 20))
            button.setDefaultAction(self.actions_by_id[action_id])
            button.setAccessibleName(self.actions_by_id[action_id].text())
            layout.addWidget(button)
        layout.addStretch(1)
        area = Scrolled(column)
        area.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return area

    def _enable(self) -> None:
        document = self.workplace.document
        self.actions_by_id.enable(opened=document.plate is not None, editable=document.editable)
        self.actions_by_id["undo"].setEnabled(document.undo.canUndo())
        self.actions_by_id["redo"].setEnabled(document.undo.canRedo())
        self.actions_by_id["discard_recovered"].setEnabled(document.restored)
        self.actions_by_id["stop"].setEnabled(self.workplace.jobs.current is not None)
        self._show_title()

    def _show_title(self) -> None:
        document = self.workplace.document
        name = document.path.name if document.path else document.plate.name if document.plate else "no plate"
        mark = " (read-only)" if document.read_only else ""
        self.setWindowTitle(f"{name}[*]{mark} - stfam")
        self.setWindowModified(not document.undo.isClean())
