"""The guidance channels of a tile, in one pass over its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled

READ = 12
"""Whole-frame channels: four coefficients, six colours, what is known of the background, the vote."""
_VOTE = READ - 1
_ZERO: Any = np.float32(0)
_ONE: Any = np.float32(1)
_SMALL: Any = np.float32(1e-3)
_TINY: Any = np.float32(1e-12)
_1, _2, _3, _4, _5, _6, _7, _8, _9 = (np.uintp(number) for number in range(1, 10))
_AXES = "int64[:, ::1], float32[::1], int64[:, ::1], float32[::1]"


@compiled()
def _within(value: Any) -> Any:
    """Clamped to [0, 1]; what is no number stays none."""
    if value < _ZERO:
        return _ZERO
    return _ONE if value > _ONE else value


@compiled()
def _read(source: Any, line: Any, rows: Any, down: Any, columns: Any, across: Any, out: Any) -> None:
    """The values between two rows of a map at all columns; `line` is as long as its rows, to work in."""
    for i in range(np.uintp(len(line))):
        line[i] = source[rows[0], i] + down * (source[rows[1], i] - source[rows[0], i])
    for i in range(np.uintp(len(out))):
        out[i] = line[columns[0, i]] + across[i] * (line[columns[1, i]] - line[columns[0, i]])


@compiled(
    f"void(float32[:, :, ::1], {_AXES}, float32[:, ::1], {_AXES}, float32[::1], uint8[::1], float32[::1], int64, int64)"
)
def guide(
    maps: Any, rows: Any, down: Any, columns: Any, across: Any,
    votes: Any, vote_rows: Any, vote_down: Any, vote_columns: Any, vote_across: Any,
    image: Any, trimap: Any, out: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """The rows start .. stop - 1 of a tile.

    Args:
        maps: (READ - 1, h, w): coefficients, colours of foreground and background, what is known of the background.
        rows: (2, H), the rows of `maps` that each row of the tile lies between.
        down: (H), the share of the second.
        columns: (2, W), likewise.
        across: (W), likewise.
        votes: (h', w').
        vote_rows: (2, H), of `votes`, as the next three.
        vote_down: (H).
        vote_columns: (2, W).
        vote_across: (W).
        image: (H * W * 3).
        trimap: (H * W).
        out: (H * W * 9), written: the channels of `guidance.tile_guidance`.
        start: first row.
        stop: one past the last.
    """
    width = len(across)
    read = np.empty((READ, width), np.float32)
    line, vote_line = np.empty(maps.shape[2], np.float32), np.empty(votes.shape[1], np.float32)
    for row in range(start, stop):
        for channel in range(_VOTE):
            _read(maps[channel], line, rows[:, row], down[row], columns, across, read[channel])
        _read(votes, vote_line, vote_rows[:, row], vote_down[row], vote_columns, vote_across, read[_VOTE])
        for x in range(np.uintp(width)):
            at = np.uintp(row * width) + x
            to, pixel, label = at * _9, at * _3, trimap[at]
            r, g, b = image[pixel], image[pixel + _1], image[pixel + _2]
            line_r, line_g, line_b = read[4, x] - read[7, x], read[5, x] - read[8, x], read[6, x] - read[9, x]
            off_r, off_g, off_b = r - read[7, x], g - read[8, x], b - read[9, x]
            squared = line_r * line_r + line_g * line_g + line_b * line_b
            alpha = _within((off_r * line_r + off_g * line_g + off_b * line_b) / (squared + _SMALL))
            out[to] = _ONE if label == 0 else _ZERO
            out[to + _1] = _ONE if label == 128 else _ZERO
            out[to + _2] = _ONE if label == 255 else _ZERO
            out[to + _3] = _within(read[0, x] * r + read[1, x] * g + read[2, x] * b + read[3, x])
            out[to + _4] = read[_VOTE, x]
            out[to + _5] = alpha
            out[to + _6] = np.sqrt(squared if squared > _TINY else _TINY)
            out[to + _7] = abs(off_r - alpha * line_r) + abs(off_g - alpha * line_g) + abs(off_b - alpha * line_b)
            out[to + _8] = read[10, x]
