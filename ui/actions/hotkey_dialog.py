"""The dialog in which hotkeys are changed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stfam.ui.actions.registry import ActionRegistry


class HotkeyDialog(QDialog):
    """One row an action: menu, action, key; a change holds at once."""

    def __init__(self, registry: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._registry = registry
        self._editors: dict[str, QKeySequenceEdit] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Hotkeys")
        self.resize(520, 560)
        search = QLineEdit(placeholderText="Find an action", clearButtonEnabled=True)
        search.setAccessibleName("Find an action")
        search.textChanged.connect(self._filter)
        self._table = self._filled_table()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        reset = buttons.addButton("Reset All", QDialogButtonBox.ButtonRole.ResetRole)
        reset.clicked.connect(registry.reset_hotkeys)
        buttons.rejected.connect(self.accept)
        registry.rebound.connect(lambda _: self._refresh())
        layout = QVBoxLayout(self)
        for widget in (search, self._table, buttons):
            layout.addWidget(widget)

    def editor(self, action_id: str) -> QKeySequenceEdit:
        """The field in which an action's key is pressed."""
        return self._editors[action_id]

    def _filled_table(self) -> QTableWidget:
        specs = self._registry.specs
        table = QTableWidget(len(specs), 3)
        table.setHorizontalHeaderLabels(["Menu", "Action", "Key"])
        table.setAccessibleName("Hotkeys")
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for row, spec in enumerate(specs):
            for column, text in enumerate((spec.menu, spec.text)):
                table.setItem(row, column, QTableWidgetItem(text))
            editor = QKeySequenceEdit(QKeySequence(self._registry.hotkey(spec.id)))
            editor.setAccessibleName(f"Key of {spec.text}")
            editor.editingFinished.connect(lambda spec=spec: self._rebind(spec.id))
            self._editors[spec.id] = editor
            table.setCellWidget(row, 2, editor)
        return table

    def _rebind(self, action_id: str) -> None:
        hotkey = self._editors[action_id].keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if hotkey != self._registry.hotkey(action_id):
            self._registry.rebind(action_id, hotkey)

    def _refresh(self) -> None:
        for action_id, editor in self._editors.items():
            editor.setKeySequence(QKeySequence(self._registry.hotkey(action_id)))

    def _filter(self, text: str) -> None:
        for row, spec in enumerate(self._registry.specs):
            self._table.setRowHidden(row, text.casefold() not in f"{spec.menu} {spec.text}".casefold())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter belongs to the key field, and does not close the dialog."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
