"""The filterings of the guided solver at one level of its pyramid, in loops that need no picture in between."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled

_ZERO: Any = np.float32(0)
_ONE: Any = np.float32(1)
_PLANES = "float32[:, :, ::1]"
_PLANE = "float32[:, ::1]"


@compiled()
def _summed_across(line: Any, out: Any) -> None:
    """Each value and its neighbours on the line, added."""
    last = len(line) - 1
    for x in range(1, last):
        out[x] = line[x - 1] + line[x] + line[x + 1]
    if last == 0:
        out[0] = line[0]
    else:
        out[0] = line[0] + line[1]
        out[last] = line[last - 1] + line[last]


@compiled()
def _summed_down(sums: Any, y: int, out: Any) -> None:
    """The row y of a plane and those above and below it, added."""
    out[:] = sums[y]
    if y > 0:
        out += sums[y - 1]
    if y + 1 < len(sums):
        out += sums[y + 1]


@compiled(
    f"void({_PLANES}, {_PLANE}, {_PLANE}, {_PLANE}, {_PLANES}, {_PLANES}, {_PLANE}, {_PLANE}, {_PLANE}, int64,"
    f" {_PLANES})"
)
def relax(
    image: Any, shares: Any, weight: Any, total: Any, mean: Any, factors: Any,
    label: Any, known: Any, alpha: Any, iterations: int, coefficients: Any,
) -> None:  # fmt: skip
    """See `guided_solver._Windows.relax`; all planes are (h, w).

    Args:
        image: (3, h, w).
        shares: one over the pixels of each window.
        weight: of each pixel.
        total: the windows' mean weight.
        mean: (3, h, w), of the windows' colours.
        factors: (6, h, w), of their covariance.
        label: the known matte.
        known: how much of a pixel is.
        alpha: to start from; overwritten.
        iterations: at least one.
        coefficients: (4, h, w), written.
    """
    height, width = alpha.shape
    sums, lines = np.empty((4, height, width), np.float32), np.empty((4, width), np.float32)
    others = np.empty((4, height, width), np.float32)
    for iteration in range(iterations):
        for y in range(height):
            for x in range(width):
                weighted = weight[y, x] * alpha[y, x]
                lines[0, x] = weighted
                lines[1, x] = weighted * image[0, y, x]
                lines[2, x] = weighted * image[1, y, x]
                lines[3, x] = weighted * image[2, y, x]
            for channel in range(4):
                _summed_across(lines[channel], sums[channel, y])
        for y in range(height):
            for channel in range(4):
                _summed_down(sums[channel], y, lines[channel])
            for x in range(width):
                share, whole = shares[y, x], total[y, x]
                middle = lines[0, x] * share / whole
                r = lines[1, x] * share / whole - mean[0, y, x] * middle
                g = lines[2, x] * share / whole - mean[1, y, x] * middle
                b = lines[3, x] * share / whole - mean[2, y, x] * middle
                yx, zx, zy = factors[0, y, x], factors[1, y, x], factors[2, y, x]
                g = g - yx * r
                b = b - zx * r - zy * g
                third = b * factors[5, y, x]
                second = g * factors[4, y, x] - zy * third
                first = r * factors[3, y, x] - yx * second - zx * third
                along = first * mean[0, y, x] + second * mean[1, y, x] + third * mean[2, y, x]
                lines[0, x], lines[1, x], lines[2, x], lines[3, x] = first, second, third, middle - along
            for channel in range(4):
                _summed_across(lines[channel], others[channel, y])
        for y in range(height):
            for channel in range(4):
                line = coefficients[channel, y]
                _summed_down(others[channel], y, line)
                for x in range(width):
                    line[x] *= shares[y, x]
            if iteration + 1 == iterations:
                continue
            for x in range(width):
                value = coefficients[3, y, x]
                for channel in range(3):
                    value += coefficients[channel, y, x] * image[channel, y, x]
                value = _ZERO if value < _ZERO else value
                value = _ONE if value > _ONE else value
                alpha[y, x] = value + known[y, x] * (label[y, x] - value)
