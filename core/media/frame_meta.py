"""What a plate's frame says about itself, carried over to the mattes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Window: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height in pixels."""
FloatImage: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FrameMeta:
    """Windows, geometry, time and colour of a frame."""

    data_window: Window
    display_window: Window
    pixel_aspect: float = 1.0
    fps: Fraction | None = None
    timecode: tuple[int, int] | None = None
    """SMPTE time code as its two 32-bit words."""
    colorspace: str = "sRGB - Texture"
    caveat: str | None = None
    """What the file asks for and does not get, as words that go on after its name."""
    colour_caveat: str | None = None
    """The same of its colours, where nobody named the colour space."""

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the display window, the canvas that everything is computed on."""
        return self.display_window[3], self.display_window[2]


def to_canvas(pixels: FloatImage, meta: FrameMeta) -> FloatImage:
    """Pixels (h, w, C) of the data window on the display window (H, W, C): black outside, overscan cut."""
    if meta.data_window == meta.display_window:
        return pixels
    canvas = np.zeros((*meta.size, pixels.shape[2]), np.float32)
    target, source = _overlap(meta)
    canvas[target] = pixels[source]
    return canvas


def to_data_window(canvas: FloatImage, meta: FrameMeta) -> FloatImage:
    """The canvas (H, W, ...) over the data window (h, w, ...); overscan repeats the canvas's edge."""
    if meta.data_window == meta.display_window:
        return canvas
    x, y, width, height = meta.data_window
    left, top, full_width, full_height = meta.display_window
    rows = np.clip(np.arange(y - top, y - top + height), 0, full_height - 1)
    columns = np.clip(np.arange(x - left, x - left + width), 0, full_width - 1)
    return canvas[np.ix_(rows, columns)]


def within_data_window(canvas: FloatImage, meta: FrameMeta) -> FloatImage:
    """The canvas (H, W, C) for a file without windows: black outside the data window."""
    if meta.data_window == meta.display_window:
        return canvas
    kept = np.zeros_like(canvas)
    target, _ = _overlap(meta)
    kept[target] = canvas[target]
    return kept


def covered(meta: FrameMeta, size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns that the data window covers of the display window, in an image of it of `size` (h, w)."""
    (rows, columns), _ = _overlap(meta)
    down, across = size[0] / meta.size[0], size[1] / meta.size[1]
    return (
        slice(round(rows.start * down), round(rows.stop * down)),
        slice(round(columns.start * across), round(columns.stop * across)),
    )


def on_black(part: FloatImage, place: tuple[slice, slice], size: tuple[int, int]) -> FloatImage:
    """An image (H, W, ...) of `size` with `part` at a place, black about it; `part` itself where it is the whole."""
    if part.shape[:2] == size:
        return part
    image = np.zeros((*size, *part.shape[2:]), np.float32)
    image[place] = part
    return image


def _overlap(meta: FrameMeta) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    x, y, width, height = meta.data_window
    left, top, full_width, full_height = meta.display_window
    x0, x1 = max(x, left), min(x + width, left + full_width)
    y0, y1 = max(y, top), min(y + height, top + full_height)
    x1, y1 = max(x0, x1), max(y0, y1)
    return (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)), (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
