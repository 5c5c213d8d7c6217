"""Where plate pixels lie on the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor, log2

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF

MIN_SCALE = 1 / 64
MAX_SCALE = 64.0
FIT_MARGIN = 12.0


@dataclass(frozen=True)
class ViewTransform:
    """Screen = plate * scale + offset, with the plate's pixel aspect on x.

    Attributes:
        scale: screen pixels for one row of the plate.
        x, y: screen position of the plate's top left corner.
        aspect: width of a plate pixel over its height.
    """

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    aspect: float = 1.0

    @classmethod
    def fitted(cls, plate: QSizeF, aspect: float, view: QSizeF) -> ViewTransform:
        """The whole plate in the middle of the view."""
        width, height = plate.width() * aspect, plate.height()
        room = (max(view.width() - 2 * FIT_MARGIN, 16.0), max(view.height() - 2 * FIT_MARGIN, 16.0))
        scale = _limited(min(room[0] / width, room[1] / height))
        return cls(scale, (view.width() - width * scale) / 2, (view.height() - height * scale) / 2, aspect)

    def zoomed(self, scale: float, at: QPointF) -> ViewTransform:
        """Another scale, with the plate pixel under the screen point `at` staying there."""
        scale = _limited(scale)
        ratio = scale / self.scale
        return replace(self, scale=scale, x=at.x() + (self.x - at.x()) * ratio, y=at.y() + (self.y - at.y()) * ratio)

    def panned(self, by: QPointF) -> ViewTransform:
        """Moved by screen pixels."""
        return replace(self, x=self.x + by.x(), y=self.y + by.y())

    def to_plate(self, point: QPointF) -> QPointF:
        """The plate position under a screen point."""
        return QPointF((point.x() - self.x) / (self.scale * self.aspect), (point.y() - self.y) / self.scale)

    def to_screen(self, rect: QRectF) -> QRectF:
        """Where a rectangle of the plate is drawn."""
        across, down = self.scale * self.aspect, self.scale
        return QRectF(rect.x() * across + self.x, rect.y() * down + self.y, rect.width() * across, rect.height() * down)

    def dirty(self, rect: QRect) -> QRect:
        """The screen pixels to draw again when plate pixels changed."""
        return self.to_screen(QRectF(rect)).adjusted(-2, -2, 2, 2).toAlignedRect()

    def level(self, pixel_ratio: float) -> int:
        """The smallest picture that is not blurred at this scale: 0 full size, each next level half of it."""
        larger = self.scale * max(1.0, self.aspect) * pixel_ratio
        return max(0, min(6, floor(log2(1 / min(1.0, larger)) + 1e-6)))

    @property
    def shrinks(self) -> bool:
        """Whether plate pixels are narrower or lower than the screen's, so that some would be left out."""
        return self.scale * min(1.0, self.aspect) < 1.0


def _limited(scale: float) -> float:
    return min(max(scale, MIN_SCALE), MAX_SCALE)
