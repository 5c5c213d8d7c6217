"""Frame numbers, keyframes, in and out, and a lane of states for trimaps and one for mattes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from stfam.ui.model.document import Document
from stfam.ui.model.edits import set_range
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.playhead import Playhead
from stfam.ui.theme.palette import Colour
from stfam.ui.timeline.frame_scale import FrameScale

HEAD = 54
"""Pixels left of the frames, for the lanes' names."""

RULER, KEYS, LANE = 20, 16, 12
"""Heights in pixels."""

LANES = ((Lane.TRIMAP, "Trimap"), (Lane.MATTE, "Matte"))

MARKS = (Colour.FIELD, Colour.KEY, Colour.FRESH, Colour.PROXY, Colour.STALE, Colour.FAILED)
"""Colours of a lane; of frames that share a pixel the last of these is seen."""

KEY_MARK, FAILED_MARK = 1, 5
STATE_MARKS = {State.MISSING: 0, State.FRESH: 2, State.PROXY: 3, State.STALE: 4, State.FAILED: FAILED_MARK}


class Timeline(QWidget):
    """Shows the shot along time; pressing scrubs, or drags in or out."""

    def __init__(self, document: Document, playhead: Playhead, states: FrameStates) -> None:
        super().__init__()
        self._document, self._playhead, self._states = document, playhead, states
        self._scale = FrameScale(0, 1, HEAD, 100)
        self._grip: str | None = None
        self._lanes: tuple[FrameScale, float, QPixmap] | None = None
        self.setAccessibleName("Timeline")
        self.setToolTip("Press or drag to go to a frame; drag the brackets to set in and out; the wheel zooms")
        self.setAccessibleDescription(self.toolTip())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(RULER + KEYS + len(LANES) * (LANE + 3) + 6)
        document.opened.connect(self.show_all)
        for signal in (document.opened, document.keys_changed, states.changed):
            signal.connect(self._forget_lanes)
        document.range_changed.connect(self.update)
        playhead.moved.connect(lambda _: self.update())

    @property
    def scale(self) -> FrameScale:
        """Where frames lie."""
        return self._scale

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(800, self.height())

    def show_all(self) -> None:
        """Show the whole plate."""
        plate = self._document.plate
        first, last = (plate.first, plate.last) if plate else (0, 1)
        self._scale = FrameScale(first, last, HEAD, max(50, self.width() - HEAD - 10))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw everything; a timeline is small."""
        painter = QPainter(self)
        painter.setLayoutDirection(self.layoutDirection())
        painter.fillRect(self.rect(), Colour.PANEL)
        if self._document.plate is not None:
            self._draw(painter)
        if self.hasFocus():
            painter.setPen(Colour.ACCENT)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _draw(self, painter: QPainter) -> None:
        painter.save()
        painter.setClipRect(HEAD - 6, 0, self.width() - HEAD + 6, self.height())
        self._draw_range(painter)
        self._draw_ruler(painter)
        painter.drawPixmap(0, self._lane_top(0), self._lane_picture())
        self._draw_keys(painter)
        self._draw_playhead(painter)
        painter.restore()
        self._draw_names(painter)

    def _lane_top(self, row: int) -> int:
        return RULER + KEYS + row * (LANE + 3)

    def _draw_range(self, painter: QPainter) -> None:
        first, last = self._document.in_out
        left, right = self._scale.x(first), self._scale.x(last + 1)
        painter.fillRect(QRectF(left, 0, right - left, RULER), Colour.BUTTON)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Colour.ACCENT)
        painter.drawRect(QRectF(left - 1, 0, 3, RULER))
        painter.drawRect(QRectF(right - 2, 0, 3, RULER))

    def _draw_ruler(self, painter: QPainter) -> None:
        metrics = painter.fontMetrics()
        room = metrics.horizontalAdvance("00000") + 14
        for frame in self._scale.ticks(room):
            x = self._scale.middle(frame)
            painter.setPen(Colour.DISABLED)
            painter.drawLine(QPointF(x, RULER - 4), QPointF(x, RULER))
            painter.setPen(Colour.TEXT)
            painter.drawText(QRectF(x - room / 2, 0, room, RULER - 3), Qt.AlignmentFlag.AlignCenter, str(frame))

    def _forget_lanes(self) -> None:
        self._lanes = None
        self.update()

    def _lane_picture(self) -> QPixmap:
        """The lanes, drawn anew when a state or the scale is another: a long clip has many frames, and the playhead
        moves often."""
        scale, ratio = self._scale, self.devicePixelRatioF()
        if self._lanes is None or self._lanes[:2] != (scale, ratio):
            top, height = self._lane_top(0), self._lane_top(len(LANES)) - self._lane_top(0)
            picture = QPixmap(round(self.width() * ratio), round(height * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            for row, (lane, _) in enumerate(LANES):
                self._draw_lane(painter, lane, self._lane_top(row) - top)
            painter.end()
            self._lanes = scale, ratio, picture
        return self._lanes[2]

    def _draw_lane(self, painter: QPainter, lane: Lane, top: int) -> None:
        """Frames that are alike are drawn at once; where frames are narrower than a pixel, each has one."""
        scale, width = self._scale, self._scale.pixels_a_frame
        gap = 1.0 if width >= 4 else 0.0
        for mark, first, last in sorted(self._runs(lane, apart=gap > 0)):
            box = QRectF(scale.x(first), top, max(1.0, (last + 1 - first) * width - gap), LANE)
            painter.fillRect(box, MARKS[mark])

    def _runs(self, lane: Lane, apart: bool) -> list[tuple[int, int, int]]:
        """The mark, first and last frame of stretches of the frames in sight; one a frame where they stand apart."""
        scale, frames = self._scale, self._document.plate.frames if self._document.plate else ()
        states, plates = self._states.lane(lane), self._states.lane(Lane.PLATE)
        keys = self._document.keys if lane is Lane.TRIMAP else {}
        runs: list[tuple[int, int, int]] = []
        for frame in frames[bisect_left(frames, scale.first - 1) : bisect_right(frames, scale.last + 1)]:
            mark = STATE_MARKS[states.get(frame, State.MISSING)] if frame not in keys else KEY_MARK
            if plates.get(frame) is State.FAILED:
                mark = FAILED_MARK
            first = frame
            if runs and not apart and (runs[-1][0], runs[-1][2]) == (mark, frame - 1):
                first = runs.pop()[1]
            runs.append((mark, first, frame))
        return runs

    def _draw_keys(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Colour.KEY)
        middle = RULER + KEYS / 2
        for frame in self._document.keys:
            x = self._scale.middle(frame)
            points = [QPointF(x, middle - 6), QPointF(x + 5, middle), QPointF(x, middle + 6), QPointF(x - 5, middle)]
            painter.drawPolygon(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_playhead(self, painter: QPainter) -> None:
        x = self._scale.middle(self._playhead.frame)
        painter.setPen(Colour.ACCENT)
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        text = str(self._playhead.frame)
        width = painter.fontMetrics().horizontalAdvance(text) + 10
        box = QRectF(min(max(x - width / 2, HEAD - 4), self.width() - width - 2), 0, width, RULER - 2)
        painter.fillRect(box, Colour.ACCENT)
        painter.setPen(Colour.LINE)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_names(self, painter: QPainter) -> None:
        painter.setPen(Colour.DIM)
        names = [("Keys", RULER, KEYS)] + [(text, self._lane_top(row), LANE) for row, (_, text) in enumerate(LANES)]
        for text, top, height in names:
            box = QRectF(0, top, HEAD - 10, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the frames that are shown."""
        width = max(50, self.width() - HEAD - 10)
        self._scale = FrameScale(self._scale.first, self._scale.last, HEAD, width)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in time at the pointer."""
        plate = self._document.plate
        if plate is not None:
            factor = 1.25 ** (event.angleDelta().y() / 120)
            self._scale = self._scale.zoomed(factor, event.position().x(), (plate.first, plate.last))
            self.update()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a bracket, or scrub."""
        self._grip = self._grip_at(event.position())
        self._drag(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was taken."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole plate again."""
        self.show_all()

    def _grip_at(self, point: QPointF) -> str:
        first, last = self._document.in_out
        away = {"in": abs(point.x() - self._scale.x(first)), "out": abs(point.x() - self._scale.x(last + 1))}
        nearer = min(away, key=lambda end: away[end])
        return nearer if point.y() <= RULER and self._document.editable and away[nearer] <= 4 else "playhead"

    def _drag(self, point: QPointF) -> None:
        plate = self._document.plate
        if plate is None:
            return
        frame = min(max(self._scale.frame(point.x()), plate.first), plate.last)
        first, last = self._document.in_out
        if self._grip == "in":
            set_range(self._document, min(frame, last), last)
        elif self._grip == "out":
            set_range(self._document, first, max(frame, first))
        else:
            self._playhead.go(frame)

    def event(self, event: QEvent) -> bool:
        """Say the state of the frame under the pointer, and beside the frames what can be done."""
        if isinstance(event, QHelpEvent) and self._document.plate is not None and event.pos().x() >= HEAD:
            frame = self._scale.frame(event.pos().x())
            lines = [f"Frame {frame}" + (", keyframe" if frame in self._document.keys else "")]
            lines += [f"{text}: {self._states.state(lane, frame).value}" for lane, text in LANES]
            reason = self._states.reason(frame)
            QToolTip.showText(event.globalPos(), "\n".join([*lines, reason] if reason else lines), self)
            return True
        return super().event(event)
