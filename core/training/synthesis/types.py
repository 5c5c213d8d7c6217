"""Names of the arrays that pass between the files of the synthesis."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float32]
"""A float32 array: (H, W) or (H, W, C), as the function says."""
Pixels: TypeAlias = NDArray[np.uint8]
"""A uint8 array: (H, W, 3) display-encoded RGB, or (T, H, W, 4) straight RGBA, as the function says."""
Points: TypeAlias = NDArray[np.float64]
"""Positions in pixels, (..., 2), x before y."""
