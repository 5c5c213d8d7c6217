"""The values under the pointer: plate as in the file, trimap, alpha."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QSize, QTimer

from stfam.core.worker.messages import Pixel
from stfam.ui.elided_label import ElidedLabel
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates
from stfam.ui.model.playhead import Playhead

DELAY_MS = 40
WIDEST = "x 0000  y 0000    R 0.0000  G 0.0000  B 0.0000    A 0.0000    background"
LABELS = {0: "background", 128: "unknown", 255: "foreground"}


class PixelProbe(ElidedLabel):
    """Says the pixel's place at once and its values when the worker has looked them up; nothing off the picture.

    One pixel is looked up at a time: pictures would wait behind many. It is looked up again when it may have changed.
    """

    def __init__(self, document: Document, playhead: Playhead, states: FrameStates, link: WorkerLink) -> None:
        super().__init__()
        self._document, self._playhead, self._link = document, playhead, link
        self._at: tuple[int, int] | None = None
        self._asked: tuple[int, int, int] | None = None
        self._known: tuple[tuple[int, int, int] | None, dict[str, Any]] = (None, {})
        self._outdated = False
        self.setAccessibleName("Values under the pointer")
        self._timer = QTimer(self, singleShot=True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._ask)
        playhead.moved.connect(lambda _: self._timer.start())
        document.opened.connect(lambda: self.look(None))  # the pointer was on another picture, perhaps a larger one
        for changed in (states.changed, document.painted, document.key_edited):
            changed.connect(self._look_again)
        for ended in (link.gone, link.started):
            ended.connect(self._forget)

    def sizeHint(self) -> QSize:
        """Room for every value, so that nothing beside it moves with them; none where there is nothing to say."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(WIDEST) + metrics.averageCharWidth() if self.text() else 0
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """No more than there is to say."""
        return super().minimumSizeHint() if self.text() else QSize(0, 0)

    def look(self, at: QPointF | None) -> None:
        """Look at a plate position; None where the pointer left the picture."""
        plate = self._document.plate
        place = (int(at.x() // 1), int(at.y() // 1)) if at is not None else (-1, -1)
        inside = plate is not None and 0 <= place[0] < plate.width and 0 <= place[1] < plate.height
        self._at = place if inside else None
        if not inside:  # perhaps as another plate is opened
            self._known = (None, {})
        self._start()

    def _look_again(self, *_: object) -> None:
        """A result, a setting or the paint is another; what is being looked up may be of before."""
        self._outdated = True
        self._start()

    def _start(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _ask(self) -> None:
        at, frame = self._at, self._playhead.frame
        if at is None:
            self.clear()
            return
        known, values = self._known
        self._show(at, values if known == (frame, *at) else {})
        if self._asked is None and self._link.alive:
            asked = self._asked = (frame, *at)
            self._outdated = False
            self._link.ask(Pixel(*asked), lambda result: self._take(asked, result), lambda error: self._take(asked, {}))

    def _take(self, asked: tuple[int, int, int], values: dict[str, Any]) -> None:
        self._asked = None
        if self._at is None:
            return
        self._known = asked, values
        if asked == (self._playhead.frame, *self._at):
            self._show(self._at, values)
        if self._outdated or asked != (self._playhead.frame, *self._at):
            self._timer.start()

    def _forget(self, *_: object) -> None:
        """A worker that ended does not answer."""
        self._asked = None

    def _show(self, at: tuple[int, int], values: dict[str, Any]) -> None:
        x, y = at
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
