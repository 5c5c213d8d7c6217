"""The brush: label, size, hardness, pressure."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QFormLayout, QGroupBox, QHBoxLayout, QToolButton, QWidget

from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.controls.editors import NumberEditor
from stfam.ui.controls.parameters import Number, Parameter
from stfam.ui.model.brush_state import BrushState
from stfam.ui.paint.brush import LARGEST, SMALLEST

SIZE_RANGE = Number(SMALLEST, LARGEST, 1, 1, " px", curve=2.0)
HARDNESS_RANGE = Number(0.05, 1.0, 0.05, 2)
SIZE = Parameter("size", "Size", SIZE_RANGE, "Diameter in plate pixels ([ and ], or Shift and the wheel)")
HARDNESS = Parameter(
    "hardness", "Hardness", HARDNESS_RANGE, "Below 1, the rim of foreground and background strokes becomes unknown"
)


class BrushForm(QGroupBox):
    """Shows and changes the brush in hand."""

    def __init__(self, brush: BrushState, actions: ActionRegistry) -> None:
        super().__init__("Brush")
        self._brush = brush
        self.size_editor = NumberEditor(SIZE, SIZE_RANGE)
        self.hardness_editor = NumberEditor(HARDNESS, HARDNESS_RANGE)
        self.pressure = QCheckBox("Pen pressure scales the size")
        self.pressure.setToolTip("A lighter pen paints a smaller dab; the mouse always paints the whole size")
        form = QFormLayout(self)
        form.setContentsMargins(8, 6, 8, 8)
        form.setVerticalSpacing(5)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.addRow("Paint", _row(actions, ("label_foreground", "label_unknown", "label_background")))
        form.addRow(SIZE.label, self.size_editor)
        form.addRow(HARDNESS.label, self.hardness_editor)
        form.addRow("", self.pressure)
        self.size_editor.setToolTip(SIZE.tip)
        self.hardness_editor.setToolTip(HARDNESS.tip)
        self.size_editor.edited.connect(lambda value: brush.update(size=value))
        self.hardness_editor.edited.connect(lambda value: brush.update(hardness=value))
        self.pressure.clicked.connect(lambda on: brush.update(pressure=on))
        brush.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.size_editor.show_value(self._brush.brush.size)
        self.hardness_editor.show_value(self._brush.brush.hardness)
        with QSignalBlocker(self.pressure):
            self.pressure.setChecked(self._brush.brush.pressure)


def _row(actions: ActionRegistry, ids: tuple[str, ...]) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(3)
    for action_id in ids:
        button = QToolButton()
        button.setDefaultAction(actions[action_id])
        button.setAccessibleName(actions[action_id].text())
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        layout.addWidget(button)
    layout.addStretch(1)
    return row
