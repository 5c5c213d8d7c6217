"""How two frames differ where both show background, at some of their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled

_ZERO: Any = np.float32(0)
_THIRD: Any = np.float32(1 / 3)
_PICTURE = "float32[:, :, ::1]"


@compiled(f"int64({_PICTURE}, {_PICTURE}, boolean[:, ::1], int64, float32[:, ::1])")
def collect(here: Any, there: Any, known: Any, every: int, out: Any) -> int:
    """The colours of two frames at known pixels.

    Args:
        here: (h, w, 3), a frame.
        there: (h, w, 3), the other one, where each pixel's background is in it.
        known: (h, w), where both show background.
        every: pixels from one that is looked at to the next, down and across.
        out: (6, n), written: the first's channels and the other's, one pixel after the other.

    Returns:
        How many pixels of those looked at are known.
    """
    count = 0
    for y in range(0, len(known), every):
        for x in range(0, known.shape[1], every):
            if known[y, x]:
                for channel in range(3):
                    out[channel, count] = here[y, x, channel]
                    out[3 + channel, count] = there[y, x, channel]
                count += 1
    return count


@compiled(f"void({_PICTURE}, {_PICTURE}, float32[::1], int64, float32[:, ::1])")
def differ(here: Any, there: Any, gain: Any, every: int, out: Any) -> None:
    """Mean squared differences of a frame and another one that is made brighter.

    Args:
        here: (h, w, 3).
        there: (h, w, 3).
        gain: (3,), what `there` is multiplied by.
        every: as for `collect`.
        out: (ceil(h / every), ceil(w / every)), written.
    """
    for y in range(len(out)):
        for x in range(out.shape[1]):
            total = _ZERO
            for channel in range(3):
                difference = there[y * every, x * every, channel] * gain[channel] - here[y * every, x * every, channel]
                total += difference * difference
            out[y, x] = total * _THIRD
