"""The current frame in the view in use: picture, wipe, onion skin and badges."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter

from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.view_state import ViewState
from stfam.ui.theme.palette import Colour
from stfam.ui.viewer.badges import Badge, frame_badges, view_badges
from stfam.ui.viewer.layers import Layers
from stfam.ui.viewer.marks import draw_badges, draw_wipe
from stfam.ui.viewer.view_transform import ViewTransform


class Scene:
    """Draws what the models say; the viewport adds what the pointer does."""

    def __init__(
        self, document: Document, playhead: Playhead, view: ViewState, states: FrameStates, layers: Layers
    ) -> None:
        self._document, self._playhead, self._view = document, playhead, view
        self._states, self._layers = states, layers

    def clear(self) -> None:
        """Another plate."""
        self._layers.clear()

    def draw(self, painter: QPainter, dirty: QRect, size: QSize, place: ViewTransform, level: int) -> None:
        """Draw the pixels of `dirty` of a widget of `size`."""
        view, frame = self._view.view, self._playhead.frame
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.shrinks)
        wipe = None if view.wipe is None else round(view.wipe * size.width())
        left = size.width() if wipe is None else wipe
        painter.setClipRect(dirty & QRect(0, 0, left, size.height()))
        self._layers.draw(painter, view.name, frame, view, place, level)
        if wipe is not None:
            painter.setClipRect(dirty & QRect(wipe, 0, size.width() - wipe, size.height()))
            self._layers.draw(painter, view.other, frame, view, place, level)
        painter.setClipRect(dirty)
        if view.onion:
            self._layers.draw_onion(painter, self._playhead.neighbours, place, level)
        if wipe is not None:
            draw_wipe(painter, wipe, size.height(), view.name, view.other)
        draw_badges(painter, self._marks(level))

    def _marks(self, level: int) -> list[Badge]:
        """The marks of the frame and of each view; where there are two, those of a view begin with its name."""
        view, frame = self._view.view, self._playhead.frame
        names = [view.name] if view.wipe is None else list(dict.fromkeys((view.name, view.other)))
        marks = frame_badges(self._document, self._states, frame)
        for name in names:
            shown = self._layers.shown(name, frame, view, level)
            refusals = self._layers.refusals(name, frame, view, level)
            whose = f"{name.upper()}: " if len(names) > 1 else ""
            marks += [
                (whose + text, colour) for text, colour in view_badges(self._states, name, frame, shown, refusals)
            ]
        if any(self._layers.slow(name, frame, view, level) for name in names):
            marks.append(("COMPUTING…", Colour.TEXT))
        return marks
