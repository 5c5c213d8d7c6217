"""The brush as the artist sets it."""

from __future__ import annotations

from dataclasses import dataclass

from stfam.ui.model.trimap_canvas import UNKNOWN

SMALLEST = 1.0
LARGEST = 1000.0


@dataclass(frozen=True)
class Brush:
    """What a stroke paints.

    Attributes:
        label: 0 background, 128 unknown, 255 foreground.
        size: diameter in plate pixels.
        hardness: share of the diameter that gets the label itself; the rest becomes unknown, where it is not yet
            that label. 1 paints no unknown border.
        pressure: whether pen pressure scales the size.
    """

    label: int = UNKNOWN
    size: float = 40.0
    hardness: float = 1.0
    pressure: bool = True

    def diameter(self, pressure: float) -> float:
        """Pixels across at a pen pressure in [0, 1]."""
        return max(SMALLEST, self.size * (max(0.05, pressure) if self.pressure else 1.0))

    def core(self, pressure: float) -> float:
        """Diameter of the part that gets the label itself."""
        return max(SMALLEST, self.diameter(pressure) * self.hardness)

    @property
    def has_border(self) -> bool:
        """Whether the stroke has an unknown border."""
        return self.hardness < 1.0 and self.label != UNKNOWN
