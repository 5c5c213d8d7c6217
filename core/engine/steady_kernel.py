"""Neighbours followed and weighed in, in one pass over the pixels each."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled

_ZERO: Any = np.float32(0)
_ONE: Any = np.float32(1)
_HALF: Any = np.float32(0.5)
_THIRD: Any = np.float32(1 / 3)
_1, _2, _3 = (np.uintp(number) for number in range(1, 4))


@compiled()
def _between(position: Any, size: int) -> Any:
    """The two pixels that a position lies between, inside the picture, and the share of the second."""
    last = np.float32(size - 1)
    if not position > _ZERO:
        position = _ZERO
    if position > last:
        position = last
    first = np.int64(position)
    second = first + 1 if first + 1 < size else first
    return first, second, position - np.float32(first)


@compiled(
    "void(float32[:, :, ::1], float32[:, :, ::1], float32[::1], float32[::1], float32, float32, float32, float32, "
    "float32[:, :, ::1], float32[:, :, ::1], float32[:, ::1], int64, int64)"
)
def follow(
    image: Any, flow: Any, across: Any, down: Any, left: Any, top: Any, wide: Any, high: Any, here: Any, there: Any,
    difference: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """The rows start .. stop - 1 of a neighbour, moved onto a frame's pixels.

    Args:
        image: (H, W, 3), the neighbour; bilinear, the edge repeated.
        flow: (h, w, 2), dx and dy to the neighbour in pixels of a smaller picture; likewise.
        across: (n,), columns of the frame that are wanted.
        down: (m,), rows.
        left: column of the frame where the smaller picture begins.
        top: row, likewise.
        wide: pixels of the frame for one of the flow, across.
        high: likewise, down.
        here: (m, n, 3), the frame there.
        there: (m, n, 3), written: the neighbour's colours.
        difference: (m, n), written: their mean squared difference.
        start: first row.
        stop: one past the last.
    """
    count, height, width = len(across), image.shape[0], image.shape[1]
    before, after, share = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.float32)
    for i in range(count):
        before[i], after[i], share[i] = _between((across[i] - left + _HALF) / wide - _HALF, flow.shape[1])
    line = np.empty((flow.shape[1], 2), np.float32)
    x, y = np.empty(count, np.float32), np.empty(count, np.float32)
    for row in range(start, stop):
        above, below, part = _between((down[row] - top + _HALF) / high - _HALF, flow.shape[0])
        for i in range(flow.shape[1]):
            for k in range(2):
                line[i, k] = flow[above, i, k] + part * (flow[below, i, k] - flow[above, i, k])
        for i in range(count):
            first, second, u = before[i], after[i], share[i]
            x[i] = across[i] + (line[first, 0] + u * (line[second, 0] - line[first, 0])) * wide
            y[i] = down[row] + (line[first, 1] + u * (line[second, 1] - line[first, 1])) * high
        for i in range(count):
            x0, x1, a = _between(x[i], width)
            y0, y1, b = _between(y[i], height)
            total = _ZERO
            for c in range(3):
                upper = image[y0, x0, c] + a * (image[y0, x1, c] - image[y0, x0, c])
                lower = image[y1, x0, c] + a * (image[y1, x1, c] - image[y1, x0, c])
                value = upper + b * (lower - upper)
                there[row, i, c] = value
                total += (value - here[row, i, c]) * (value - here[row, i, c])
            difference[row, i] = total * _THIRD


@compiled("void(float32[::1], float32[::1], float32, float32[::1], float32[::1], int64, int64)")
def weigh_in(there: Any, patches: Any, noise: Any, total: Any, weight: Any, start: int, stop: int) -> None:
    """Add the pixels start .. stop - 1 of a neighbour to a sum, as far as their patches differ by noise alone.

    Args:
        there: (N * 3), the neighbour's colours.
        patches: (N,), how much the patch about each pixel differs; up to `noise` it is wholly trusted.
        noise: squared difference, above 0.
        total: (N * 3), added to.
        weight: (N,), added to.
        start: first pixel.
        stop: one past the last.
    """
    for at in range(np.uintp(start), np.uintp(stop)):
        beyond = (noise - patches[at]) / noise
        trust = np.exp(beyond) if beyond < _ZERO else _ONE
        weight[at] += trust
        pixel = at * _3
        total[pixel] += trust * there[pixel]
        total[pixel + _1] += trust * there[pixel + _1]
        total[pixel + _2] += trust * there[pixel + _2]
