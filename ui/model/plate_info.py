"""What the panel knows of an opened plate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF


@dataclass(frozen=True)
class PlateInfo:
    """A plate as the worker described it.

    Attributes:
        spec: the path pattern or movie it was opened from.
        frames: its frame numbers, ascending, gaps left out.
        fps: frames a second; 24 where the plate says nothing.
        pixel_aspect: width of a pixel over its height.
    """

    spec: str
    frames: tuple[int, ...]
    width: int
    height: int
    fps: float = 24.0
    pixel_aspect: float = 1.0

    @property
    def name(self) -> str:
        """File name of the pattern."""
        return Path(self.spec).name

    @property
    def rect(self) -> QRectF:
        """The whole picture, in its pixels."""
        return QRectF(0, 0, self.width, self.height)

    @property
    def first(self) -> int:
        """First frame number."""
        return self.frames[0]

    @property
    def last(self) -> int:
        """Last frame number."""
        return self.frames[-1]
