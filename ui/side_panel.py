"""The column right of the picture: brush, solve, refine, output."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.controls.brush_form import BrushForm
from stfam.ui.controls.form import ParameterForm
from stfam.ui.controls.parameters import GROUPS
from stfam.ui.elided_label import ElidedLabel
from stfam.ui.scrolled import Scrolled
from stfam.ui.status_bar import duration, size
from stfam.ui.workplace import Workplace


class SidePanel(QWidget):
    """The forms, one below the other, and under them, always in sight, what the work ends with."""

    def __init__(self, workplace: Workplace, actions: ActionRegistry) -> None:
        super().__init__()
        document = workplace.document
        self.brush = BrushForm(workplace.brush, actions)
        self.forms = [ParameterForm(group, document) for group in GROUPS]
        for parameters in self.forms:
            parameters.refused.connect(workplace.messages.warn)
        self.estimate = ElidedLabel()
        self.estimate.setAccessibleName("Estimated time and memory")
        self.estimate.setProperty("dim", True)
        self.forms[0].add_widget(self.estimate)
        self.export_button = _wide_button(actions, "export")
        self.queue_button = _wide_button(actions, "queue")
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4, 2, 6, 6)
        column.setSpacing(2)
        for form in (self.brush, *self.forms):
            column.addWidget(form)
        column.addStretch(1)
        ends = QHBoxLayout()
        ends.setContentsMargins(10, 4, 10, 6)
        for button in (self.export_button, self.queue_button):
            ends.addWidget(button)
        ends.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self.page = Scrolled(page)
        whole.addWidget(self.page, 1)
        whole.addLayout(ends)
        self.setAccessibleName("Brush, solve, refine and output settings")
        workplace.sync.estimated.connect(self._show_estimate)

    def _show_estimate(self, seconds: float, count: float) -> None:
        memory = f", {size(count)} memory" if count >= 0 else ""
        self.estimate.setText(f"In to out: about {duration(seconds)}{memory}" if seconds >= 0 else "")


def _wide_button(actions: ActionRegistry, action_id: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(actions[action_id])
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setProperty("wide", True)
    return button
