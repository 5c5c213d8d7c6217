"""Where frames lie along the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

TICK_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000)


@dataclass(frozen=True)
class FrameScale:
    """A stretch of frames over a stretch of pixels.

    Attributes:
        first, last: the frames shown, which may be fractions while zooming; `last` is shown wholly.
        left, width: pixels from the widget's left side.
    """

    first: float
    last: float
    left: float
    width: float

    @property
    def pixels_a_frame(self) -> float:
        """Width of one frame."""
        return self.width / max(1.0, self.last + 1 - self.first)

    def x(self, frame: float) -> float:
        """Left side of a frame."""
        return self.left + (frame - self.first) * self.pixels_a_frame

    def middle(self, frame: int) -> float:
        """Middle of a frame."""
        return self.x(frame + 0.5)

    def frame(self, x: float) -> int:
        """The frame at a pixel; beyond the ends where the pixel is."""
        return floor(self.first + (x - self.left) / self.pixels_a_frame)

    def ticks(self, room: float) -> range:
        """Frames to number so that each number has `room` pixels."""
        step = next((s for s in TICK_STEPS if s * self.pixels_a_frame >= room), TICK_STEPS[-1])
        start = ceil(self.first / step) * step
        return range(start, int(self.last) + 1, step)

    def zoomed(self, factor: float, at: float, whole: tuple[int, int]) -> FrameScale:
        """More (above 1) or fewer pixels a frame about a pixel, within the whole stretch, five frames at least."""
        anchor = self.first + (at - self.left) / self.pixels_a_frame
        length = min(max((self.last + 1 - self.first) / factor, 5.0), float(whole[1] + 1 - whole[0]))
        first = anchor - (at - self.left) / self.width * length
        first = min(max(first, float(whole[0])), whole[1] + 1 - length)
        return FrameScale(first, first + length - 1, self.left, self.width)
