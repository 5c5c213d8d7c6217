"""What the panel knows of an opened plate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF

from stfam.core.frame_range import FrameRange


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

    @classmethod
    def described(cls, spec: str, data: dict[str, Any]) -> PlateInfo:
        """The plate of a pattern by the worker's description."""
        frames, fps, aspect = FrameRange.parse(data["frames"]), data["fps"] or 24.0, data["pixel_aspect"] or 1.0
        return cls(spec, tuple(frames), data["width"], data["height"], fps, aspect)

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
