"""Draws one view of one frame from the pictures at hand."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, qRgba

from stfam.ui.link.frame_store import FrameStore, Wanted
from stfam.ui.link.mapped_picture import Picture
from stfam.ui.model.document import Document
from stfam.ui.model.view_state import View
from stfam.ui.viewer.view_transform import ViewTransform

TINTS = ((46, 92, 190), (240, 178, 60), (72, 200, 120))
"""Background, unknown and foreground over the plate."""

ONION_TINTS = ((255, 120, 80), (90, 170, 255))
"""The alpha edge of the frame before and of the frame after."""


class Layers:
    """Draws views; keeps the last picture of each layer, which is shown while the next one is on its way."""

    def __init__(self, document: Document, store: FrameStore) -> None:
        self._document, self._store = document, store
        self._last: dict[str, Picture] = {}

    def clear(self) -> None:
        """Another plate."""
        self._last.clear()

    def draw(self, painter: QPainter, name: str, frame: int, view: View, place: ViewTransform, level: int) -> None:
        """Draw the view `name` of a frame, clipped as the painter is."""
        if name in ("plate", "overlay"):
            self._draw_picture(painter, _wanted("plate", frame, view, level), place)
        if name == "overlay":
            self._draw_trimap(painter, frame, place, _overlay_table(view.opacity))
        elif name == "trimap":
            self._draw_trimap(painter, frame, place, None)
        elif name != "plate":
            self._draw_picture(painter, _wanted(name, frame, view, level), place)

    def draw_onion(self, painter: QPainter, neighbours: Iterable[int | None], place: ViewTransform, level: int) -> None:
        """Draw the alpha edges of the frame before and of the frame after."""
        for tint, neighbour in zip(ONION_TINTS, neighbours, strict=True):
            if neighbour is None:
                continue
            picture = self._store.picture(Wanted(neighbour, "edge", level))
            if picture is not None:
                picture.image.setColorTable([qRgba(*tint, value) for value in range(256)])
                self._place(painter, picture.image, place)

    def shown(self, name: str, frame: int, view: View, level: int) -> list[Picture]:
        """The pictures that make up a view now, for its marks; nothing is asked for."""
        wanted = self._all_wanted(name, frame, view, level)
        return [picture for picture in map(self._store.at_hand, wanted) if picture is not None]

    def refusals(self, name: str, frame: int, view: View, level: int) -> list[str]:
        """Why pictures of a view could not be made."""
        reasons = map(self._store.refusal, self._all_wanted(name, frame, view, level))
        return [reason for reason in reasons if reason]

    def slow(self, name: str, frame: int, view: View, level: int) -> bool:
        """Whether pictures of a view have been on their way for a while."""
        return any(map(self._store.is_slow, self._all_wanted(name, frame, view, level)))

    def _all_wanted(self, name: str, frame: int, view: View, level: int) -> list[Wanted]:
        """The pictures of a view that come from the worker."""
        layers: tuple[str, ...] = ("plate", "trimap") if name == "overlay" else (name,)
        if frame in self._document.keys:
            layers = tuple(layer for layer in layers if layer != "trimap")
        return [_wanted(layer, frame, view, level) for layer in layers]

    def _draw_picture(self, painter: QPainter, wanted: Wanted, place: ViewTransform) -> None:
        picture = self._store.picture(wanted) or self._store.substitute(wanted)
        if picture is None and self._store.pending(wanted):
            picture = self._last.get(wanted.layer)
        if picture is not None:
            self._last[wanted.layer] = picture
            self._place(painter, picture.image, place)
        elif self._document.plate is not None:
            painter.fillRect(place.to_screen(self._document.plate.rect), Qt.GlobalColor.black)

    def _draw_trimap(self, painter: QPainter, frame: int, place: ViewTransform, table: list[int] | None) -> None:
        canvas = self._document.keys.get(frame)
        picture = None if canvas is not None else self._store.picture(Wanted(frame, "trimap"))
        if canvas is not None:
            image = canvas.image if table is None else canvas.overlay
        elif picture is not None:
            image = picture.image
        else:
            return
        colours = _GRAYS if table is None else table
        if image.format() == QImage.Format.Format_Indexed8 and image.colorTable() != colours:
            image.setColorTable(colours)
        self._place(painter, image, place)

    def _place(self, painter: QPainter, image: QImage, place: ViewTransform) -> None:
        plate = self._document.plate
        if plate is not None:
            painter.drawImage(place.to_screen(plate.rect), image, QRectF(image.rect()))


def _wanted(layer: str, frame: int, view: View, level: int) -> Wanted:
    """The picture of a layer in a view; trimaps come at full size alone."""
    return Wanted(frame, layer, 0 if layer == "trimap" else level, view.background if layer == "comp" else "")


_GRAYS = [qRgba(value, value, value, 255) for value in range(256)]


def _overlay_table(opacity: float) -> list[int]:
    alpha = round(255 * opacity)
    colours = [qRgba(*tint, alpha) for tint in TINTS]
    return [colours[0]] * 64 + [colours[1]] * 128 + [colours[2]] * 64
