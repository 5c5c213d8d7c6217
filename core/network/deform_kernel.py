"""Bilinear gathering and its gradient for deformable convolution on a CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled
from stfam.core.network.eight_floats import EIGHT, blend_eight

# Whole numbers beside a float32 would make Numba compute in float64.
_ZERO: Any = np.float32(0)
_ONE: Any = np.float32(1)
_BEFORE: Any = np.float32(-2)
_EIGHT: Any = np.uintp(EIGHT)
_1: Any = np.uintp(1)
_SHAPE = "int64, int64, int64, int64, float32[::1], float32[::1]"
_GATHER = f"void(float32[::1], {_SHAPE}, float32[::1], int64, int64, float32[::1])"
_SCATTER = f"void(float32[::1], {_SHAPE}, float32[::1], float32[::1], float32[::1], float32[::1])"


@compiled()
def _cell(size: int, position: Any) -> Any:
    """Index before a position, at most two outside, and the fraction beyond it."""
    whole = np.floor(position)
    fraction = position - whole
    if not whole > _BEFORE:
        whole = _BEFORE
    if not whole < np.float32(size):
        whole = np.float32(size)
    return np.int64(whole), fraction


@compiled()
def _share(size: int, index: int, share: Any) -> Any:
    """The index clamped into the image, and its share, which is nothing outside."""
    if index < 0:
        return np.int64(0), _ZERO
    if index >= size:
        return size - 1, _ZERO
    return index, share


@compiled()
def _blend_anywhere(
    x: Any, height: int, width: int, channels: int, y: Any, column: Any, factor: Any, base: Any, out: Any, start: Any
) -> None:
    """Write the bilinear pixel at (y, column), 0 outside, times a factor and plus `base`, to `out` from `start` on."""
    top, dy = _cell(height, y)
    left, dx = _cell(width, column)
    y0, a0 = _share(height, top, factor - factor * dy)
    y1, a1 = _share(height, top + 1, factor * dy)
    x0, b0 = _share(width, left, _ONE - dx)
    x1, b1 = _share(width, left + 1, dx)
    w00, w01, w10, w11 = a0 * b0, a0 * b1, a1 * b0, a1 * b1
    i00, i01 = np.uintp((y0 * width + x0) * channels), np.uintp((y0 * width + x1) * channels)
    i10, i11 = np.uintp((y1 * width + x0) * channels), np.uintp((y1 * width + x1) * channels)
    for c in range(np.uintp(channels)):
        out[start + c] = base[c] + w00 * x[i00 + c] + w01 * x[i01 + c] + w10 * x[i10 + c] + w11 * x[i11 + c]


@compiled(reordered=True)
def _spread(
    grad: Any, source: Any, x: Any, grad_x: Any, height: int, width: int, channels: int,
    y: Any, column: Any, factor: Any,
) -> Any:  # fmt: skip
    """The gradient of `_blend_anywhere`: added to `grad_x`; those of y, column and factor are returned."""
    top, dy = _cell(height, y)
    left, dx = _cell(width, column)
    y0, a0 = _share(height, top, _ONE)
    y1, a1 = _share(height, top + 1, _ONE)
    x0, b0 = _share(width, left, _ONE)
    x1, b1 = _share(width, left + 1, _ONE)
    i00, i01 = np.uintp((y0 * width + x0) * channels), np.uintp((y0 * width + x1) * channels)
    i10, i11 = np.uintp((y1 * width + x0) * channels), np.uintp((y1 * width + x1) * channels)
    d00 = d01 = d10 = d11 = _ZERO
    for c in range(np.uintp(channels)):
        d00 += grad[source + c] * x[i00 + c]
        d01 += grad[source + c] * x[i01 + c]
        d10 += grad[source + c] * x[i10 + c]
        d11 += grad[source + c] * x[i11 + c]
    u, v = _ONE - dy, _ONE - dx
    w00, w01 = factor * a0 * u * b0 * v, factor * a0 * u * b1 * dx
    w10, w11 = factor * a1 * dy * b0 * v, factor * a1 * dy * b1 * dx
    for c in range(np.uintp(channels)):
        grad_x[i00 + c] += w00 * grad[source + c]
    for c in range(np.uintp(channels)):
        grad_x[i01 + c] += w01 * grad[source + c]
    for c in range(np.uintp(channels)):
        grad_x[i10 + c] += w10 * grad[source + c]
    for c in range(np.uintp(channels)):
        grad_x[i11 + c] += w11 * grad[source + c]
    d00, d01, d10, d11 = a0 * b0 * d00, a0 * b1 * d01, a1 * b0 * d10, a1 * b1 * d11
    upper, lower = v * d00 + dx * d01, v * d10 + dx * d11
    return factor * (lower - upper), factor * (u * (d01 - d00) + dy * (d11 - d10)), u * upper + dy * lower


@compiled(_GATHER)
def gather(
    x: Any, height: int, width: int, channels: int, kernel: int, offset: Any, mask: Any, base: Any,
    start: int, stop: int, out: Any,
) -> None:  # fmt: skip
    """Masked bilinear values of every tap of the positions start .. stop - 1.

    Args:
        x: (H * W * C), one image.
        height: H.
        width: W.
        channels: C.
        kernel: k, K = k * k.
        offset: (H * W * K * 2), dy and dx of each tap.
        mask: (H * W * K).
        base: (C), added to every tap.
        start: first position, row by row.
        stop: one past the last.
        out: ((stop - start) * K * C), written.
    """
    n, line, whole = np.uintp(channels), np.uintp(width * channels), np.uintp(channels // EIGHT * EIGHT)
    bottom, right, reach = np.float32(height - 1), np.float32(width - 1), kernel // 2
    at, to = np.uintp(start * kernel * kernel), np.uintp(0)
    row = start // width
    column = start - row * width
    for _ in range(start, stop):
        for down in range(kernel):
            for across in range(kernel):
                y = np.float32(row + down - reach) + offset[at + at]
                x_ = np.float32(column + across - reach) + offset[at + at + _1]
                factor = mask[at]
                # four pixels inside, as most have; in here and not in a function, which would take twice as long
                if y >= _ZERO and y < bottom and x_ >= _ZERO and x_ < right:
                    top, left = np.int64(y), np.int64(x_)
                    dy, dx = y - np.float32(top), x_ - np.float32(left)
                    below = factor * dy
                    above = factor - below
                    w01, w11 = above * dx, below * dx
                    w00, w10 = above - w01, below - w11
                    i00 = np.uintp((top * width + left) * channels)
                    i01, i10 = i00 + n, i00 + line
                    i11 = i10 + n
                    c = np.uintp(0)
                    while c < whole:
                        blend_eight(x, i00 + c, i01 + c, i10 + c, i11 + c, w00, w01, w10, w11, base, c, out, to + c)
                        c += _EIGHT
                    while c < n:
                        value = base[c] + w00 * x[i00 + c] + w01 * x[i01 + c]
                        out[to + c] = value + w10 * x[i10 + c] + w11 * x[i11 + c]
                        c += _1
                else:
                    _blend_anywhere(x, height, width, channels, y, x_, factor, base, out, to)
                at += _1
                to += n
        column += 1
        if column == width:
            column = 0
            row += 1


@compiled(_SCATTER, reordered=True)
def scatter(
    grad: Any, height: int, width: int, channels: int, kernel: int, offset: Any, mask: Any, x: Any,
    grad_x: Any, grad_offset: Any, grad_mask: Any,
) -> None:  # fmt: skip
    """Gradients of `gather` over a whole image.

    Args:
        grad: (H * W * K * C), of what `gather` wrote.
        height: H.
        width: W.
        channels: C.
        kernel: k.
        offset: as given to `gather`.
        mask: as given to `gather`.
        x: as given to `gather`.
        grad_x: (H * W * C), added to.
        grad_offset: (H * W * K * 2), written.
        grad_mask: (H * W * K), written.
    """
    reach, at, source = kernel // 2, 0, np.uintp(0)
    for row in range(height):
        for column in range(width):
            for down in range(kernel):
                for across in range(kernel):
                    y = np.float32(row + down - reach) + offset[2 * at]
                    x_ = np.float32(column + across - reach) + offset[2 * at + 1]
                    grad_offset[2 * at], grad_offset[2 * at + 1], grad_mask[at] = _spread(
                        grad, source, x, grad_x, height, width, channels, y, x_, mask[at]
                    )
                    at += 1
                    source += np.uintp(channels)
