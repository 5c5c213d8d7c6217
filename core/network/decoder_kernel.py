"""Features at full resolution beside the tile's own detail: pixels are shuffled and laid side by side in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled


@compiled("void(float32[::1], int64, float32[::1], int64, int64, int64, int64, int64, float32[::1], int64, int64)")
def lay_beside(
    grown: Any, channels: int, detail: Any, pitch: int, details: int, top: int, left: int, width: int, out: Any,
    start: int, stop: int,
) -> None:  # fmt: skip
    """The rows start .. stop - 1 of the output.

    Args:
        grown: (rows / 2 * W / 2 * 4 * C), for each position the channels of its 2x2 pixels, row by row.
        channels: C.
        detail: the whole tile's, D values a pixel.
        pitch: values from one of its lines to the next.
        details: D.
        top: row of the tile that the output begins at.
        left: column, likewise.
        width: W, of the output.
        out: (rows * W * (C + D)), written.
        start: first row.
        stop: one past the last.
    """
    inner, outer = np.uintp(channels), np.uintp(details)
    for row in range(start, stop):
        to = np.uintp(row * width) * (inner + outer)
        beside = np.uintp((top + row) * pitch + left * details)
        line = np.uintp(row // 2 * (width // 2) * 4 + row % 2 * 2) * inner
        for column in range(width):
            source = line + np.uintp(column // 2 * 4 + column % 2) * inner
            for c in range(inner):
                out[to + c] = grown[source + c]
            to += inner
            for c in range(outer):
                out[to + c] = detail[beside + c]
            to += outer
            beside += outer
