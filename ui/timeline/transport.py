"""The row of buttons below the picture: propagate, matte, stop, play, and the frame numbers."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.model.document import Document
from stfam.ui.model.edits import SetRange
from stfam.ui.model.playhead import Playhead
from stfam.ui.theme.icons import icon

PROPAGATE = ("propagate_back", "propagate_both", "propagate_forward", "propagate_frame")
MATTE = ("matte_range", "matte_frame", "stop")
MOVE = ("first", "key_previous", "step_back", "play", "step_forward", "key_next", "last")


class Transport(QWidget):
    """Buttons for the actions, and fields for the frame, in and out."""

    def __init__(self, document: Document, playhead: Playhead, actions: ActionRegistry) -> None:
        super().__init__()
        self._document, self._playhead, self._play = document, playhead, actions["play"]
        self.frame_field = self._field("Frame", playhead.go)
        self.in_field = self._field("In", lambda frame: self._set_range(frame, document.in_out[1]))
        self.out_field = self._field("Out", lambda frame: self._set_range(document.in_out[0], frame))
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(2)
        self._add_group(row, "Propagate", (actions[i] for i in PROPAGATE))
        self._add_group(row, "Matte", (actions[i] for i in MATTE))
        row.addStretch(1)
        self._add_group(row, "", (actions[i] for i in MOVE))
        row.addStretch(1)
        for text, field in (("In", self.in_field), ("Frame", self.frame_field), ("Out", self.out_field)):
            row.addSpacing(6)
            row.addWidget(QLabel(text))
            row.addWidget(field)
        document.opened.connect(self._show_all)
        document.range_changed.connect(self._show_all)
        playhead.moved.connect(self._show_frame)
        playhead.playing_changed.connect(self._show_playing)

    def _add_group(self, row: QHBoxLayout, title: str, actions: Iterable[QAction]) -> None:
        if title:
            label = QLabel(title)
            label.setProperty("dim", True)
            row.addWidget(label)
            row.addSpacing(3)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAccessibleName(action.text())
            button.setIconSize(QSize(18, 18))
            row.addWidget(button)
        line = QFrame(frameShape=QFrame.Shape.VLine)
        line.setProperty("separator", True)
        row.addSpacing(4)
        row.addWidget(line)
        row.addSpacing(4)

    def _field(self, name: str, changed: object) -> QSpinBox:
        field = QSpinBox(minimum=-10_000_000, maximum=10_000_000)
        field.setAccessibleName(f"{name} frame" if name != "Frame" else "Current frame")
        field.setKeyboardTracking(False)
        field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        field.setFixedWidth(62)
        field.valueChanged.connect(changed)
        return field

    def _set_range(self, first: int, last: int) -> None:
        plate = self._document.plate
        if plate is not None and self._document.editable:
            wanted = (max(plate.first, min(first, last)), min(plate.last, max(first, last)))
            if wanted != self._document.in_out:
                self._document.undo.push(SetRange(self._document, wanted))
        self._show_all()

    def _show_all(self) -> None:
        for field, value in zip((self.in_field, self.out_field), self._document.in_out, strict=True):
            with QSignalBlocker(field):
                field.setValue(value)
        self._show_frame(self._playhead.frame)

    def _show_frame(self, frame: int) -> None:
        with QSignalBlocker(self.frame_field):
            self.frame_field.setValue(frame)

    def _show_playing(self, playing: bool) -> None:
        self._play.setIcon(icon("pause" if playing else "play"))
        self._play.setChecked(playing)
