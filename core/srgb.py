"""The sRGB curve (IEC 61966-2-1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stfam.core.media.frame_meta import FloatImage


def to_linear(display: FloatImage) -> FloatImage:
    """sRGB display values, of any shape, to linear light."""
    linear = np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


def to_display(linear: npt.NDArray[np.floating[Any]]) -> FloatImage:
    """Linear light, of any shape, to sRGB display values; what is beyond 0 to 1 is cut off."""
    light = np.clip(linear, 0, 1)
    display = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(display, np.float32)
