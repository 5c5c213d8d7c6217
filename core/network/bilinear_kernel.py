"""Where the pixels of an enlarged picture lie in the smaller one."""

from __future__ import annotations

from typing import Any

import numpy as np

from stfam.core.network.compiling import compiled

_ZERO: Any = np.float32(0)
_HALF: Any = np.float32(0.5)


@compiled()
def between(position: int, size: int, small: int) -> Any:
    """The two of `small` pixels that one of `size` lies between, and the share of the second, as torch enlarges."""
    place = (np.float32(position) + _HALF) * (np.float32(small) / np.float32(size)) - _HALF
    if not place > _ZERO:
        place = _ZERO
    first = np.int64(place)
    second = first + 1 if first + 1 < small else first
    return first, second, place - np.float32(first)
