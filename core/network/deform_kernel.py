"""Bilinear gathering and its gradient for deformable convolution on a CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled

# Whole numbers beside a float32 would make Numba compute in float64.
_ZERO: Any = np.float32(0)
_ONE: Any = np.float32(1)
_BEFORE: Any = np.float32(-2)
_SHAPE = "int64, int64, int64, int64, float32[::1], float32[::1]"
_GATHER = f"void(float32[::1], {_SHAPE}, int64, int64, float32[::1])"
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
def _blend(
    x: Any, height: int, width: int, channels: int, y: Any, column: Any, factor: Any, out: Any, start: Any
) -> None:
    """Write the bilinear pixel at (y, column), times a factor, to `out` from `start` on."""
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
        out[start + c] = w00 * x[i00 + c] + w01 * x[i01 + c] + w10 * x[i10 + c] + w11 * x[i11 + c]


@compiled()
def _spread(
    grad: Any, source: Any, x: Any, grad_x: Any, height: int, width: int, channels: int,
    y: Any, column: Any, factor: Any,
) -> Any:  # fmt: skip
    """The gradient of `_blend`: added to `grad_x`; those of y, column and factor are returned."""
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
    x: Any, height: int, width: int, channels: int, kernel: int, offset: Any, mask: Any, start: int, stop: int, out: Any
) -> None:
    """Masked bilinear values of every tap of the positions start .. stop - 1.

    Args:
        x: (H * W * C), one image.
        height: H.
        width: W.
        channels: C.
        kernel: k, K = k * k.
        offset: (H * W * K * 2), dy and dx of each tap.
        mask: (H * W * K).
        start: first position, row by row.
        stop: one past the last.
        out: ((stop - start) * K * C), written.
    """
    reach = kernel // 2
    at, to = start * kernel * kernel, np.uintp(0)
    for position in range(start, stop):
        row = position // width
        column = position - row * width
        for down in range(kernel):
            for across in range(kernel):
                y = np.float32(row + down - reach) + offset[2 * at]
                x_ = np.float32(column + across - reach) + offset[2 * at + 1]
                _blend(x, height, width, channels, y, x_, mask[at], out, to)
                at += 1
                to += np.uintp(channels)


@compiled(_SCATTER)
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
