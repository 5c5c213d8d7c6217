"""Where the taps of an alignment lie, from what its convolutions predict."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled

_ONE: Any = np.float32(1)
_TWO: Any = np.float32(2)
_1 = np.uintp(1)


@compiled("void(float32[::1], float32[::1], int64, float32, float32[::1], float32[::1], float32[::1], int64, int64)")
def place_taps(
    share: Any, motion: Any, taps: int, reach: Any, offset: Any, mask: Any, mean: Any, start: int, stop: int
) -> None:
    """Offsets and masks of the positions start .. stop - 1.

    Args:
        share: (N * 3 * K) in [0, 1]: dy and dx of each tap as shares of the way from -reach to reach; half the masks.
        motion: (N * 2), what the offsets are added to; (0,) for nothing.
        taps: K.
        reach: pixels.
        offset: (N * K * 2), written.
        mask: (N * K), written.
        mean: (N * 2), written: the mean offset of the taps.
        start: first position.
        stop: one past the last.
    """
    count, span, part = np.uintp(taps), _TWO * reach, _ONE / np.float32(taps)
    for position in range(np.uintp(start), np.uintp(stop)):
        twice = position + position
        down, across = -reach, -reach
        if len(motion):
            down, across = motion[twice] - reach, motion[twice + _1] - reach
        at, to, masks = position * count * np.uintp(3), twice * count, position * count
        y, x = np.float32(0), np.float32(0)
        for tap in range(count):
            here = to + tap + tap
            dy, dx = down + span * share[at + tap + tap], across + span * share[at + tap + tap + _1]
            offset[here] = dy
            offset[here + _1] = dx
            y += dy
            x += dx
            mask[masks + tap] = _TWO * share[at + count + count + tap]
        mean[twice] = y * part
        mean[twice + _1] = x * part
