"""A form built from a group of parameters and bound to the document."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QGroupBox, QLabel, QVBoxLayout, QWidget

from stfam.core.errors import StfamError, UsageError
from stfam.ui.controls.editor import Editor
from stfam.ui.controls.editors import editor_for
from stfam.ui.controls.parameters import Group, Parameter
from stfam.ui.model.document import Document, default_value
from stfam.ui.model.edits import SetValue
from stfam.ui.model.export_path import suggested_pattern


class ParameterForm(QGroupBox):
    """One row a parameter; an edit is an undo step, and every change of the document is shown.

    Signals:
        refused(text): a parameter cannot have the value that was chosen; it keeps the one it had.
    """

    refused = Signal(str)

    def __init__(self, group: Group, document: Document) -> None:
        super().__init__(group.title)
        self._document = document
        self._editors: dict[str, Editor] = {}
        self._labels: dict[str, QLabel] = {}
        layout = QFormLayout()
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(5)
        for parameter in group.parameters:
            self._add_row(layout, parameter)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 6, 8, 8)
        outer.addLayout(layout)
        document.value_changed.connect(self._show)
        document.opened.connect(self._show_all)
        self._show_all()

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters, from top to bottom."""
        return tuple(self._editors)

    def editor(self, name: str) -> Editor:
        """The editor of a parameter."""
        return self._editors[name]

    def add_widget(self, widget: QWidget) -> None:
        """Put a widget below the parameters."""
        layout = self.layout()
        if layout is not None:
            layout.addWidget(widget)

    def _add_row(self, layout: QFormLayout, parameter: Parameter) -> None:
        editor = editor_for(parameter, self._suggested)
        default = default_value(parameter.name)
        tip = parameter.tip if default in (None, "") else f"{parameter.tip}.\nDefault: {default}"
        label = QLabel(parameter.label)
        label.setBuddy(editor)
        for widget in (label, editor):
            widget.setToolTip(tip)
        editor.edited.connect(lambda value, name=parameter.name: self._edit(name, value))
        self._editors[parameter.name], self._labels[parameter.name] = editor, label
        layout.addRow(label, editor)

    def _suggested(self, name: str) -> str:
        """A pattern for a pass that has none yet; says why none can be named."""
        try:
            return suggested_pattern(self._document, name.partition(".")[2])
        except StfamError as error:
            self.refused.emit(str(error))
            return ""

    def _edit(self, name: str, value: object) -> None:
        if self._document.editable and value != self._document.value(name):
            try:
                self._document.undo.push(SetValue(self._document, name, value))
            except UsageError as error:
                self.refused.emit(str(error))
        self._show(name)

    def _show(self, name: str) -> None:
        if name in self._editors:
            value = self._document.value(name)
            self._editors[name].show_value(value)
            changed = default_value(name) is not None and value != default_value(name)
            self._labels[name].setProperty("changed", changed)
            self._labels[name].style().polish(self._labels[name])

    def _show_all(self) -> None:
        self.setEnabled(self._document.editable)
        for name in self._editors:
            self._show(name)
