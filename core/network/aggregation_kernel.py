"""Channel attention's weights and what spatial attention reads, in one pass over the pixels; and spatial attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.bilinear_kernel import between
from stfam.core.network.compiling import compiled

_ZERO: Any = np.float32(0)
_ONE: Any = np.float32(1)
_LEAST: Any = np.float32(-np.inf)
_SHAPE = "int64, int64, int64, int64"


@compiled(f"void(float32[::1], {_SHAPE}, float32[::1], int64, int64, int64, float32[::1], float32[::1], int64, int64)")
def weigh(
    x: Any, frames: int, height: int, width: int, channels: int, weights: Any, down: int, across: int, top: int,
    weighted: Any, summary: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """The rows top + start .. top + stop - 1 of one window.

    Args:
        x: (T * H * W * C).
        frames: T.
        height: H.
        width: W.
        channels: C.
        weights: (h * w * T * C), one for each channel of each block.
        down: h.
        across: w.
        top: row that `weighted` begins with.
        weighted: (rows * W * T * C), written: all frames' channels side by side, each times its weight.
        summary: (2 * H * W), written: maximum and mean of the weighted channels.
        start: first row, of `weighted`.
        stop: one past the last.
    """
    total = frames * channels
    line = np.empty(across * total, np.float32)
    largest, added = np.empty(channels, np.float32), np.empty(channels, np.float32)
    for row in range(top + start, top + stop):
        upper, lower, share = between(row, height, down)
        first, second = np.uintp(upper * across * total), np.uintp(lower * across * total)
        for i in range(np.uintp(across * total)):
            line[i] = weights[first + i] + share * (weights[second + i] - weights[first + i])
        for column in range(width):
            left, right, part = between(column, width, across)
            a, b = np.uintp(left * total), np.uintp(right * total)
            largest[:] = _LEAST
            added[:] = _ZERO
            into = np.uintp(((row - top) * width + column) * total)
            for t in range(frames):
                source = np.uintp(((t * height + row) * width + column) * channels)
                to = np.uintp(t * channels)
                for c in range(np.uintp(channels)):
                    weight = line[a + to + c] + part * (line[b + to + c] - line[a + to + c])
                    value = weight * x[source + c]
                    weighted[into + to + c] = value
                    added[c] += value
                    largest[c] = value if value > largest[c] else largest[c]
            position = row * width + column
            summary[position] = largest.max()
            summary[height * width + position] = added.sum() / np.float32(total)


@compiled(
    "void(float32[::1], int64, int64, float32[::1], int64, float32, float32[::1], int64, float32[::1], int64, int64)"
)
def attend(
    summary: Any, height: int, width: int, kernel: Any, side: int, shift: Any, bias: Any, outputs: int, out: Any,
    start: int, stop: int,
) -> None:  # fmt: skip
    """Spatial attention on the rows start .. stop - 1: the sigmoid of the convolved summary, times what is there.

    Args:
        summary: (2 * H * W), of all rows.
        height: H.
        width: W.
        kernel: (2 * k * k), the convolution's, padded with zeros at the borders.
        side: k, odd.
        shift: the convolution's bias.
        bias: (O), added after.
        outputs: O.
        out: (H * W * O), multiplied and added to.
        start: first row.
        stop: one past the last.
    """
    line, reach = np.empty(width, np.float32), side // 2
    for row in range(start, stop):
        line[:] = shift
        for layer in range(2):
            for down in range(max(0, reach - row), min(side, height + reach - row)):
                source = (layer * height + row + down - reach) * width
                for across in range(side):
                    factor = kernel[(layer * side + down) * side + across]
                    first, last = max(0, reach - across), min(width, width + reach - across)
                    to, at = np.uintp(first), np.uintp(source + first + across - reach)
                    for i in range(np.uintp(max(0, last - first))):
                        line[to + i] += factor * summary[at + i]
        for column in range(width):
            weight = _ONE / (_ONE + np.exp(-line[column]))
            at = np.uintp((row * width + column) * outputs)
            for o in range(np.uintp(outputs)):
                out[at + o] = out[at + o] * weight + bias[o]
