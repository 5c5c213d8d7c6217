"""The row of buttons below the picture: propagate, matte, stop, play, and the frame numbers."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtWidgets import QLabel, QSpinBox, QToolButton, QWidget

from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.controls.wheel_guard import WheelGuard
from stfam.ui.flow_layout import FlowLayout
from stfam.ui.model.document import Document
from stfam.ui.model.edits import set_range
from stfam.ui.model.playhead import Playhead
from stfam.ui.theme.icons import icon

PROPAGATE = ("propagate_back", "propagate_both", "propagate_forward", "propagate_frame")
MATTE = ("matte_range", "matte_frame", "stop")
MOVE = ("first", "key_previous", "step_back", "play", "step_forward", "key_next", "last")


class Transport(QWidget):
    """Buttons for the actions, and fields for the frame, in and out."""

    def __init__(self, document: Document, playhead: Playhead, actions: ActionRegistry) -> None:
        super().__init__()
        self._document, self._playhead, self._actions = document, playhead, actions
        self.frame_field = self._field("Frame", "The frame that is shown", playhead.go)
        self.in_field = self._field(
            "In",
            "First frame of the range that is solved",
            lambda frame: self._set_range(frame, document.in_out[1]),
        )
        self.out_field = self._field(
            "Out",
            "Last frame of the range that is solved",
            lambda frame: self._set_range(document.in_out[0], frame),
        )
        for field in (self.in_field, self.out_field):
            WheelGuard(field)
        self._lay_out()
        for changed in (document.opened, document.path_changed, document.range_changed):
            changed.connect(self._show_all)
        playhead.moved.connect(self._show_frame)
        playhead.playing_changed.connect(self._show_playing)
        self._show_all()

    def _lay_out(self) -> None:
        flow = FlowLayout(self)
        flow.setContentsMargins(6, 3, 6, 3)
        flow.add_group((_title("Propagate"), *map(self._button, PROPAGATE)))
        flow.add_group((_title("Matte"), *map(self._button, MATTE)))
        flow.add_group(map(self._button, MOVE), spring=True)
        fields = (("In", self.in_field), ("Frame", self.frame_field), ("Out", self.out_field))
        flow.add_group((widget for text, field in fields for widget in (QLabel(text), field)), spring=True)

    def _button(self, action_id: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[action_id])
        button.setAccessibleName(self._actions[action_id].text())
        button.setIconSize(QSize(18, 18))
        return button

    def _field(self, name: str, tip: str, changed: object) -> QSpinBox:
        field = QSpinBox(minimum=-10_000_000, maximum=10_000_000)
        field.setSpecialValueText("–")
        field.setAccessibleName(f"{name} frame" if name != "Frame" else "Current frame")
        field.setToolTip(tip)
        field.setKeyboardTracking(False)
        field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        field.setFixedWidth(62)
        field.valueChanged.connect(changed)
        return field

    def _set_range(self, first: int, last: int) -> None:
        set_range(self._document, first, last)
        self._show_all()

    def _show_all(self) -> None:
        for field, value in zip((self.in_field, self.out_field), self._document.in_out, strict=True):
            field.setEnabled(self._document.editable)
            self._show(field, value)
        self.frame_field.setEnabled(self._document.plate is not None)
        self._show_frame(self._playhead.frame)

    def _show_frame(self, frame: int) -> None:
        self._show(self.frame_field, frame)

    def _show(self, field: QSpinBox, frame: int) -> None:
        """A field without a plate shows a dash, which stands for its least value."""
        with QSignalBlocker(field):
            field.setValue(frame if self._document.plate is not None else field.minimum())

    def _show_playing(self, playing: bool) -> None:
        self._actions["play"].setIcon(icon("pause" if playing else "play"))
        self._actions["play"].setChecked(playing)


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("dim", True)
    return label
