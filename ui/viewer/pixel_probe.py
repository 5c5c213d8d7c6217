"""The values under the pointer: plate as in the file, trimap, alpha."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QLabel

from stfam.core.worker.messages import Pixel
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.document import Document
from stfam.ui.model.playhead import Playhead

DELAY_MS = 40
LABELS = {0: "background", 128: "unknown", 255: "foreground"}


class PixelProbe(QLabel):
    """Says the pixel's place at once and its values when the worker has looked them up."""

    def __init__(self, document: Document, playhead: Playhead, link: WorkerLink) -> None:
        super().__init__()
        self._document, self._playhead, self._link = document, playhead, link
        self._at = (0, 0)
        self._asked = 0
        self.setAccessibleName("Values under the pointer")
        self.setMinimumWidth(380)
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._ask)
        playhead.moved.connect(lambda _: self._timer.start())

    def look(self, at: QPointF) -> None:
        """Look at a plate position."""
        self._at = (int(at.x() // 1), int(at.y() // 1))
        if not self._timer.isActive():
            self._timer.start()

    def _ask(self) -> None:
        plate, (x, y) = self._document.plate, self._at
        if plate is None or not (0 <= x < plate.width and 0 <= y < plate.height):
            self.clear()
            return
        self._show({})
        frame, at = self._playhead.frame, self._at
        self._asked = self._link.ask(
            Pixel(frame, x, y), lambda result: self._take(at, frame, result), lambda error: None
        )

    def _take(self, at: tuple[int, int], frame: int, values: dict[str, Any]) -> None:
        if at == self._at and frame == self._playhead.frame:
            self._show(values)

    def _show(self, values: dict[str, Any]) -> None:
        x, y = self._at
        canvas = self._document.keys.get(self._playhead.frame)
        trimap = canvas.label(x, y) if canvas is not None else values.get("trimap")
        parts = [f"x {x}  y {y}"]
        if values.get("plate"):
            parts.append("  ".join(f"{c} {v:.4f}" for c, v in zip("RGB", values["plate"], strict=False)))
        if values.get("alpha") is not None:
            parts.append(f"A {values['alpha']:.4f}")
        if trimap is not None:
            parts.append(LABELS.get(trimap, str(trimap)))
        self.setText("    ".join(parts))
