"""One editor for each kind of parameter: a widget, a way to show a value, and a signal when the artist changes it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QSlider

from stfam.ui.controls.editor import Editor
from stfam.ui.controls.numbers import DecimalField
from stfam.ui.controls.parameters import Choice, Number, Parameter, PathPattern
from stfam.ui.controls.path_editor import PathEditor, Suggest
from stfam.ui.controls.wheel_guard import WheelGuard

SLIDER_STEPS = 400


class NumberEditor(Editor):
    """A number field with a slider."""

    def __init__(self, parameter: Parameter, kind: Number) -> None:
        super().__init__()
        self._kind = kind
        self.field = DecimalField(
            minimum=kind.least, maximum=kind.most, singleStep=kind.step, decimals=kind.decimals, suffix=kind.unit
        )
        self.field.setKeyboardTracking(False)
        self.field.setFixedWidth(76)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMaximum(SLIDER_STEPS)
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider.setAccessibleName(f"{parameter.label} slider")
        self.field.setAccessibleName(parameter.label)
        for widget in (self.field, self.slider):
            WheelGuard(widget)
        self.field.valueChanged.connect(self._edit)
        self.slider.valueChanged.connect(self._slide)
        self._lay_out(self.field, self.slider)

    def show_value(self, value: Any) -> None:
        """Show a number."""
        with QSignalBlocker(self.field), QSignalBlocker(self.slider):
            self.field.setValue(float(value))
            share = (float(value) - self._kind.least) / (self._kind.most - self._kind.least)
            self.slider.setValue(round(share ** (1 / self._kind.curve) * SLIDER_STEPS))

    def _slide(self, place: int) -> None:
        share = (place / SLIDER_STEPS) ** self._kind.curve
        raw = self._kind.least + (self._kind.most - self._kind.least) * share
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
        WheelGuard(self.box)
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


def editor_for(parameter: Parameter, suggest: Suggest) -> Editor:
    """The editor that a parameter's kind asks for."""
    kind = parameter.kind
    if isinstance(kind, Number):
        return NumberEditor(parameter, kind)
    if isinstance(kind, Choice):
        return ChoiceEditor(parameter, kind)
    if isinstance(kind, PathPattern):
        return PathEditor(parameter, kind, suggest)
    return ToggleEditor(parameter)
