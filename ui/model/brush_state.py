"""The tool and brush in hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from stfam.ui.paint.brush import LARGEST, SMALLEST, Brush

TOOLS = ("brush", "line", "lasso", "fill")


class BrushState(QObject):
    """The tool's name and the brush; `changed` tells of another."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.brush = Brush()
        self.tool = "brush"

    def update(self, **values: Any) -> None:
        """Change some of the brush's fields, kept in their limits."""
        if "size" in values:
            values["size"] = min(max(float(values["size"]), SMALLEST), LARGEST)
        if "hardness" in values:
            values["hardness"] = min(max(float(values["hardness"]), 0.05), 1.0)
        self.brush = replace(self.brush, **values)
        self.changed.emit()

    def take(self, tool: str) -> None:
        """Take another tool in hand."""
        if tool not in TOOLS:
            raise ValueError(f"there is no tool {tool!r}; there are {', '.join(TOOLS)}")
        self.tool = tool
        self.changed.emit()
