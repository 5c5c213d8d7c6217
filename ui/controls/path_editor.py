"""An editor of an output: its format, its file pattern, and a button that browses for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLineEdit, QSizePolicy, QToolButton

from stfam.core.frame_token import frame_token
from stfam.ui.controls.editor import Editor
from stfam.ui.controls.parameters import Parameter, PathPattern
from stfam.ui.controls.wheel_guard import WheelGuard
from stfam.ui.theme.icons import icon

Suggest = Callable[[str], str]
"""A pattern for a parameter that has none yet, by the parameter's name; empty where no plate is open."""


class PathEditor(Editor):
    """A file pattern whose suffix is its format."""

    def __init__(self, parameter: Parameter, kind: PathPattern, suggest: Suggest) -> None:
        super().__init__()
        self._parameter, self._kind, self._suggest = parameter, kind, suggest
        self.field = QLineEdit(placeholderText="not written" if kind.optional else "new version")
        self.field.setAccessibleName(parameter.label)
        self.field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.field.setMinimumWidth(60)
        self.field.editingFinished.connect(self._edit)
        self.format_box = self._format_box()
        browse = QToolButton()
        browse.setIcon(icon("open"))
        browse.setToolTip(f"Choose where {parameter.label.lower()} files go")
        browse.setAccessibleName(f"Browse for {parameter.label}")
        browse.clicked.connect(self._browse)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addWidget(self.field, 0, 0, 1, 3)  # a row of its own: a path is long
        grid.addWidget(self.format_box, 1, 0)
        grid.addWidget(browse, 1, 1)
        grid.setColumnStretch(2, 1)
        self.setFocusProxy(self.field)

    def show_value(self, value: Any) -> None:
        """Show a pattern and its format; nothing for None."""
        with QSignalBlocker(self.field), QSignalBlocker(self.format_box):
            self.field.setText(value or "")
            self.field.setToolTip(value or self.toolTip())
            self.format_box.setCurrentIndex(self.format_box.findData(Path(value).suffix.lower() if value else ""))
            if not value and not self._kind.optional:
                self.format_box.setCurrentIndex(0)

    def _format_box(self) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(5)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        box.setAccessibleName(f"{self._parameter.label} format")
        box.setToolTip(f"Format of the {self._parameter.label.lower()} files")
        for suffix, text in ((("", "Off"),) if self._kind.optional else ()) + self._kind.formats:
            box.addItem(text, suffix)
        WheelGuard(box)
        box.activated.connect(lambda place: self._choose(box.itemData(place)))
        return box

    def _choose(self, suffix: str) -> None:
        pattern = self.field.text().strip() or self._suggest(self._parameter.name)
        self._tell(with_format(pattern, suffix) if suffix and pattern else "")

    def _edit(self) -> None:
        self._tell(self.field.text().strip())

    def _tell(self, pattern: str) -> None:
        """What is not written is None."""
        self.edited.emit(pattern or (None if self._kind.optional else ""))

    def _browse(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix, _ in self._kind.formats)
        chosen, _ = QFileDialog.getSaveFileName(self, self._parameter.label, self.field.text(), f"Output ({kinds})")
        if chosen:
            self.field.setText(chosen)
            self._edit()


def with_format(pattern: str, suffix: str) -> str:
    """The pattern with another suffix; a movie has no frame number, and frames have one."""
    path = Path(pattern)
    stem, number = path.stem, frame_token(path.stem)
    if suffix != ".mov":
        stem = stem if number else f"{stem}.####"
    elif number:
        stem = re.sub(r"[._-]$", "", stem[: number.start]) + stem[number.end :]
    return path.with_name(stem + suffix).as_posix()
