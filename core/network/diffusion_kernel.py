"""Push-pull diffusion of one picture, in two passes over its pyramid."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.bilinear_kernel import between
from stfam.core.network.compiling import compiled

_ONE: Any = np.float32(1)
_HALF: Any = np.float32(0.5)
_FOUR: Any = np.float32(4)
_TINY: Any = np.float32(1e-6)


@compiled()
def _halved(source: Any, out: Any) -> None:
    """Means of 2x2 pixels of planes (C, h, w); of those that there are at an odd edge."""
    height, width = source.shape[1], source.shape[2]
    for channel in range(len(source)):
        for y in range(out.shape[1]):
            upper, lower = source[channel, 2 * y], source[channel, min(2 * y + 1, height - 1)]
            line = out[channel, y]
            for x in range(width // 2):
                line[x] = (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]) * np.float32(0.25)
            if width % 2:
                line[width // 2] = (upper[width - 1] + lower[width - 1]) * _HALF


@compiled()
def _filled(level: Any, below: Any, out: Any) -> None:
    """What a level knows, and the rest from the coarser one.

    Args:
        level: (C + 1, h, w), premultiplied values and, last, how much is known.
        below: (C, h', w'), the coarser level, filled.
        out: (C, h, w), written.
    """
    height, width = level.shape[1], level.shape[2]
    before, after, share = np.empty(width, np.int64), np.empty(width, np.int64), np.empty(width, np.float32)
    for x in range(width):
        before[x], after[x], share[x] = between(x, width, below.shape[2])
    line = np.empty(below.shape[2], np.float32)
    for y in range(height):
        upper, lower, part = between(y, height, below.shape[1])
        known = level[len(out), y]
        for channel in range(len(out)):
            first, second, given, to = below[channel, upper], below[channel, lower], level[channel, y], out[channel, y]
            for x in range(len(line)):
                line[x] = first[x] + part * (second[x] - first[x])
            for x in range(width):
                value = line[before[x]] + share[x] * (line[after[x]] - line[before[x]])
                sure = known[x]
                solid = min(sure * _FOUR, _ONE)
                to[x] = value + solid * (given[x] / max(sure, _TINY) - value)


@compiled("void(float32[:, :, ::1], float32[:, ::1], float32, float32[:, :, ::1])")
def diffuse(values: Any, weight: Any, nothing: Any, out: Any) -> None:
    """See `colour_diffusion.push_pull`.

    Args:
        values: (C, h, w).
        weight: (h, w), 1 where they are known, else 0.
        nothing: the value where none is known anywhere.
        out: (C, h, w), written.
    """
    channels, height, width = values.shape
    finest = np.empty((channels + 1, height, width), np.float32)
    for channel in range(channels):
        for y in range(height):
            for x in range(width):
                finest[channel, y, x] = values[channel, y, x] * weight[y, x]
    finest[channels] = weight
    levels = [finest]
    while min(levels[-1].shape[1], levels[-1].shape[2]) > 1:
        last = levels[-1]
        half = np.empty((channels + 1, (last.shape[1] + 1) // 2, (last.shape[2] + 1) // 2), np.float32)
        _halved(last, half)
        levels.append(half)
    coarsest = levels[-1]
    below = np.full((channels, coarsest.shape[1], coarsest.shape[2]), nothing, np.float32)
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        filled = out if depth == 0 else np.empty((channels, level.shape[1], level.shape[2]), np.float32)
        _filled(level, below, filled)
        below = filled
