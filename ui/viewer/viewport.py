"""The picture itself: draws the view, pans, zooms, wipes, and hands gestures to the tool in hand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from stfam.ui.link.frame_store import FrameStore
from stfam.ui.model.brush_state import BrushState
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.trimap_canvas import BACKGROUND
from stfam.ui.model.view_state import ViewState
from stfam.ui.paint.hand import PaintingHand
from stfam.ui.theme.palette import Colour
from stfam.ui.viewer.layers import Layers
from stfam.ui.viewer.marks import draw_invitation, draw_outline, draw_ring
from stfam.ui.viewer.scene import Scene
from stfam.ui.viewer.view_transform import ViewTransform

WHEEL_STEP = 1.25
BADGE_STRIP = 48
"""Screen pixels at the top that the badges stay within."""

WIPE_REACH = 8
"""Screen pixels from the wipe line within which it is grabbed."""


class Viewport(QWidget):
    """Shows the current frame.

    Signals:
        hovered(QPointF): the pointer is over this plate position; None where it left.
        zoom_changed(float): screen pixels for one row of the plate.
    """

    hovered = Signal(object)
    zoom_changed = Signal(float)

    def __init__(
        self,
        document: Document,
        playhead: Playhead,
        view: ViewState,
        brush: BrushState,
        states: FrameStates,
        store: FrameStore,
        hand: PaintingHand,
    ) -> None:
        super().__init__()
        self._document, self._playhead, self._view, self._brush = document, playhead, view, brush
        self._states, self._store, self._hand = states, store, hand
        self._scene = Scene(document, playhead, view, states, Layers(document, store))
        self._place, self._fits = ViewTransform(), True
        self._held = Qt.MouseButton.NoButton
        self._drag: tuple[str, QPointF] | None = None
        self._pointer: QPointF | None = None
        self._space = False
        self.setObjectName("viewport")
        self.setAccessibleName("Picture")
        self.setAccessibleDescription("The current frame; paint with the tool in hand, pan with the middle button")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._listen()

    @property
    def place(self) -> ViewTransform:
        """Where plate pixels lie in this widget."""
        return self._place

    def sizeHint(self) -> QSize:
        """Room for a small picture."""
        return QSize(960, 540)

    def minimumSizeHint(self) -> QSize:
        """The picture may become small when docked."""
        return QSize(240, 60)

    def fit(self) -> None:
        """Show the whole plate, also after a change of this widget's size."""
        self._fits = True
        plate = self._document.plate
        if plate is not None:
            size = QSizeF(plate.width, plate.height)
            self._move(ViewTransform.fitted(size, plate.pixel_aspect, QSizeF(self.size())))

    def zoom_to(self, scale: float) -> None:
        """Zoom about the pointer, or about the middle where it is elsewhere."""
        self._fits = False
        middle = QPointF(self.width() / 2, self.height() / 2)
        self._move(self._place.zoomed(scale, self._pointer or middle))

    def zoom_by(self, factor: float) -> None:
        """Zoom in (above 1) or out."""
        self.zoom_to(self._place.scale * factor)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what changed, and only that."""
        painter = QPainter(self)
        painter.setLayoutDirection(self.layoutDirection())
        painter.setClipRect(event.rect())
        painter.fillRect(event.rect(), Colour.VIEWPORT)
        if self._document.plate is None:
            draw_invitation(painter, self.rect())
            return
        self._scene.draw(painter, event.rect(), self.size(), self._place, self._level())
        outline = self._hand.outline
        if not outline.isEmpty():
            draw_outline(painter, outline, self._place, self._brush.brush.label)
        if self._pointer is not None and self._hand.paints_here and self._drag is None:
            draw_ring(painter, self._ring(self._pointer), self._brush.brush.label)

    def _listen(self) -> None:
        self._document.opened.connect(self._reopen)
        self._document.painted.connect(self._draw_pixels)
        self._document.keys_changed.connect(self.update)
        self._playhead.moved.connect(lambda _: self.update())
        self._view.changed.connect(self.update)
        self._brush.changed.connect(self.update)
        self._states.changed.connect(self._draw_marks)
        self._store.slowed.connect(self._draw_marks)
        self._store.ready.connect(self._draw_ready)
        self._store.failed.connect(lambda *_: self.update())

    def _reopen(self) -> None:
        self._scene.clear()
        self.fit()
        self.update()

    def _draw_pixels(self, frame: int, rect: QRect) -> None:
        if frame == self._playhead.frame:
            self.update(self._place.dirty(rect))

    def _draw_marks(self) -> None:
        """The badges alone: drawing them asks for outdated pictures, which draw themselves when they come."""
        self.update(0, 0, self.width(), BADGE_STRIP)

    def _draw_ready(self, frame: int, layer: str) -> None:
        if abs(frame - self._playhead.frame) <= 1 or layer == "edge":
            self.update()

    def _move(self, place: ViewTransform) -> None:
        self._place = place
        self.zoom_changed.emit(place.scale)
        self.update()

    def _level(self) -> int:
        return self._place.level(self.devicePixelRatioF())

    def _wipe_x(self) -> int | None:
        wipe = self._view.view.wipe
        return None if wipe is None else round(wipe * self.width())

    def _ring(self, at: QPointF) -> QRectF:
        across = self._brush.brush.size * self._place.scale
        wide = across * self._place.aspect
        return QRectF(at.x() - wide / 2, at.y() - across / 2, wide, across)

    def _move_ring(self, to: QPointF | None) -> None:
        for point in (self._pointer, to):
            if point is not None:
                self.update(self._ring(point).adjusted(-4, -4, 4, 4).toAlignedRect())
        self._pointer = to

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stay fitted where the plate was fitted."""
        if self._fits:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Shift, the brush's size."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._brush.update(size=self._brush.brush.size * WHEEL_STEP ** (turn / 120))
        else:
            self._fits = False
            self._move(self._place.zoomed(self._place.scale * WHEEL_STEP ** (turn / 120), event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Paint, pan or take the wipe line."""
        self._press(event.position(), event.button(), event.modifiers(), 1.0)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the gesture."""
        self._follow(event.position(), 1.0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self._release(event.position(), event.button())

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen does what the mouse does, with pressure."""
        point, kind = event.position(), event.type()
        if kind == QEvent.Type.TabletPress:
            self._press(point, event.button(), event.modifiers(), event.pressure())
        elif kind == QEvent.Type.TabletMove:
            self._follow(point, event.pressure())
        else:
            self._release(point, event.button())
        event.accept()

    def _press(self, point: QPointF, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier, pressure: float) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._held != Qt.MouseButton.NoButton:
            return  # a second button neither ends nor changes the gesture
        self._held, wipe = button, self._wipe_x()
        alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        if button == Qt.MouseButton.MiddleButton or self._space or alt:
            self._drag = ("pan", point)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif wipe is not None and abs(point.x() - wipe) <= WIPE_REACH:
            self._drag = ("wipe", point)
        elif button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            label = BACKGROUND if button == Qt.MouseButton.RightButton else None
            self._hand.press(self._place.to_plate(point), pressure, label)

    def _follow(self, point: QPointF, pressure: float) -> None:
        self._move_ring(point)
        if self._drag is not None:
            kind, last = self._drag
            self._drag = (kind, point)
            if kind == "pan":
                self._fits = False
                self._move(self._place.panned(point - last))
            else:
                self._view.update(wipe=min(max(point.x() / max(1, self.width()), 0.0), 1.0))
        else:
            self._hand.move(self._place.to_plate(point), pressure)
            if not self._hand.outline.isEmpty():
                self.update()
        self.hovered.emit(self._place.to_plate(point))

    def _release(self, point: QPointF, button: Qt.MouseButton) -> None:
        if button == self._held:
            if not self._hand.outline.isEmpty():
                self.update()
            self._hand.release(self._place.to_plate(point))
            self._let_go()

    def _let_go(self) -> None:
        self._held, self._drag = Qt.MouseButton.NoButton, None
        self.unsetCursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space held pans with the left button."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space released."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.unsetCursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Buttons and Space may be released elsewhere."""
        self._space = False
        self._hand.finish()
        self._let_go()
        self.update()
        super().focusOutEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the brush."""
        self._move_ring(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the brush."""
        self._move_ring(None)
        self.hovered.emit(None)
