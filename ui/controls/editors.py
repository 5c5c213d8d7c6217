"""One editor for each kind of parameter: a widget, a way to show a value, and a signal when the artist changes it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QToolButton,
    QWidget,
)

from stfam.ui.controls.parameters import Choice, Number, Parameter, PathPattern
from stfam.ui.theme.icons import icon

SLIDER_STEPS = 400


class Editor(QWidget):
    """Base of the editors: `edited` carries a value that the artist chose; `show_value` never emits it."""

    edited = Signal(object)

    def show_value(self, value: Any) -> None:
        """Show a value that came from elsewhere."""
        raise NotImplementedError

    def _lay_out(self, *widgets: QWidget) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in widgets:
            layout.addWidget(widget)
        self.setFocusProxy(widgets[0])


class NumberEditor(Editor):
    """A number field with a slider."""

    def __init__(self, parameter: Parameter, kind: Number) -> None:
        super().__init__()
        self._kind = kind
        self.field = QDoubleSpinBox(
            minimum=kind.least, maximum=kind.most, singleStep=kind.step, decimals=kind.decimals, suffix=kind.unit
        )
        self.field.setKeyboardTracking(False)
        self.field.setFixedWidth(76)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMaximum(SLIDER_STEPS)
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider.setAccessibleName(f"{parameter.label} slider")
        self.field.setAccessibleName(parameter.label)
        self.field.valueChanged.connect(self._edit)
        self.slider.valueChanged.connect(self._slide)
        self._lay_out(self.field, self.slider)

    def show_value(self, value: Any) -> None:
        """Show a number."""
        with QSignalBlocker(self.field), QSignalBlocker(self.slider):
            self.field.setValue(float(value))
            share = (float(value) - self._kind.least) / (self._kind.most - self._kind.least)
            self.slider.setValue(round(share * SLIDER_STEPS))

    def _slide(self, place: int) -> None:
        raw = self._kind.least + (self._kind.most - self._kind.least) * place / SLIDER_STEPS
        self.field.setValue(round(raw / self._kind.step) * self._kind.step)

    def _edit(self, value: float) -> None:
        self.show_value(value)
        self.edited.emit(round(value) if self._kind.decimals == 0 else round(value, self._kind.decimals))


class ChoiceEditor(Editor):
    """A list to choose from."""

    def __init__(self, parameter: Parameter, kind: Choice) -> None:
        super().__init__()
        self._kind = kind
        self.box = QComboBox(editable=kind.free)
        self.box.setAccessibleName(parameter.label)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        for value, text in kind.options:
            self.box.addItem(text, value)
        self.box.activated.connect(lambda place: self.edited.emit(self.box.itemData(place)))
        if kind.free:
            self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            line = self.box.lineEdit()
            assert line is not None  # an editable box has one
            line.editingFinished.connect(self._type)
        self._lay_out(self.box)

    def show_value(self, value: Any) -> None:
        """Show one of the options, or the text itself."""
        with QSignalBlocker(self.box):
            place = self.box.findData(value)
            if place >= 0:
                self.box.setCurrentIndex(place)
            else:
                self.box.setEditText(str(value))

    def _type(self) -> None:
        text = self.box.currentText().strip()
        place = self.box.findText(text, Qt.MatchFlag.MatchFixedString)
        if text:
            self.edited.emit(self.box.itemData(place) if place >= 0 else text)


class ToggleEditor(Editor):
    """A check box."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setAccessibleName(parameter.label)
        self.box.clicked.connect(lambda on: self.edited.emit(on))
        self._lay_out(self.box)

    def show_value(self, value: Any) -> None:
        """Show on or off."""
        with QSignalBlocker(self.box):
            self.box.setChecked(bool(value))


class PathEditor(Editor):
    """A file pattern with a browse button."""

    def __init__(self, parameter: Parameter, kind: PathPattern) -> None:
        super().__init__()
        self._label, self._optional = parameter.label, kind.optional
        self.field = QLineEdit(placeholderText="not written" if kind.optional else "new version beside the shot")
        self.field.setAccessibleName(parameter.label)
        self.field.setClearButtonEnabled(True)
        self.field.editingFinished.connect(self._edit)
        browse = QToolButton()
        browse.setIcon(icon("open"))
        browse.setToolTip(f"Choose where {parameter.label.lower()} files go")
        browse.setAccessibleName(f"Browse for {parameter.label}")
        browse.clicked.connect(self._browse)
        self._lay_out(self.field, browse)

    def show_value(self, value: Any) -> None:
        """Show a pattern; nothing for None."""
        with QSignalBlocker(self.field):
            self.field.setText(value or "")

    def _edit(self) -> None:
        text = self.field.text().strip()
        self.edited.emit(text if text or not self._optional else None)

    def _browse(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self._label, self.field.text(), "Images (*.exr *.png *.tif *.mov)")
        if path:
            self.field.setText(path)
            self._edit()


def editor_for(parameter: Parameter) -> Editor:
    """The editor that a parameter's kind asks for."""
    kind = parameter.kind
    if isinstance(kind, Number):
        return NumberEditor(parameter, kind)
    if isinstance(kind, Choice):
        return ChoiceEditor(parameter, kind)
    if isinstance(kind, PathPattern):
        return PathEditor(parameter, kind)
    return ToggleEditor(parameter)
