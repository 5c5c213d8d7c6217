"""Area-averaged pictures and the shares of a trimap's labels: torch's adaptive pooling, several times faster."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled

LABELS = 3
_ONE: Any = np.float32(1)


@compiled()
def _window(index: int, size: int, small: int) -> tuple[int, int]:
    """The first pixel that the index-th of `small` pixels covers of `size`, and one past the last."""
    return index * size // small, -(-(index + 1) * size // small)


@compiled("void(float32[:, ::1], int64, float32[:, :, ::1])")
def averaged(image: Any, channels: int, out: Any) -> None:
    """Means of rectangles that together cover the picture.

    Args:
        image: (H, W * C).
        channels: C.
        out: (C, h, w), written.
    """
    rows, columns = len(image), image.shape[1] // channels
    line = np.empty(image.shape[1], np.float32)
    for y in range(out.shape[1]):
        top, bottom = _window(y, rows, out.shape[1])
        line[:] = image[top]
        for row in range(top + 1, bottom):
            line += image[row]
        for x in range(out.shape[2]):
            left, right = _window(x, columns, out.shape[2])
            factor = _ONE / np.float32((bottom - top) * (right - left))
            for channel in range(channels):
                total = line[left * channels + channel]
                for column in range(left + 1, right):
                    total += line[column * channels + channel]
                out[channel, y, x] = total * factor


@compiled("void(uint8[:, ::1], float32[:, :, ::1])")
def shared_by_labels(trimap: Any, out: Any) -> None:
    """How much of each rectangle is background, unknown and foreground.

    Args:
        trimap: (H, W) in {0, 128, 255}.
        out: (LABELS, h, w), written.
    """
    rows, columns = trimap.shape
    line = np.empty((2, columns), np.int32)
    for y in range(out.shape[1]):
        top, bottom = _window(y, rows, out.shape[1])
        line[:] = 0
        for row in range(top, bottom):
            for column in range(columns):
                label = trimap[row, column]
                line[0, column] += label == 0
                line[1, column] += label == 255
        for x in range(out.shape[2]):
            left, right = _window(x, columns, out.shape[2])
            pixels = (bottom - top) * (right - left)
            background = foreground = 0
            for column in range(left, right):
                background += line[0, column]
                foreground += line[1, column]
            factor = _ONE / np.float32(pixels)
            out[0, y, x] = np.float32(background) * factor
            out[1, y, x] = np.float32(pixels - background - foreground) * factor
            out[2, y, x] = np.float32(foreground) * factor
