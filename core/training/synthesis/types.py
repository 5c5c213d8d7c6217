"""Names of the arrays that pass between the files of the synthesis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float32]
"""A float32 array: (H, W) or (H, W, C), as the function says."""
Pixels: TypeAlias = NDArray[np.uint8]
"""A uint8 array: (H, W, 3) display-encoded RGB, or (T, H, W, 4) straight RGBA, as the function says."""
Points: TypeAlias = NDArray[np.float64]
"""Positions in pixels, (..., 2), x before y."""


@dataclass(frozen=True)
class TrainingClip:
    """T frames with everything that is true about them.

    image, foreground, background (T, H, W, 3) uint8 display-encoded RGB, foreground straight; alpha (T, H, W) float32
    in [0, 1]; trimap (T, H, W) uint8 of 0, 128, 255; ``kind`` of matte; ``linear`` says that image was composited in
    linear light. Before the camera's noise and compression, image = alpha F + (1 - alpha) B in that space.
    """

    image: Pixels
    alpha: Field
    foreground: Pixels
    background: Pixels
    trimap: Pixels
    kind: str
    linear: bool
    backdrop: Pixels | None = None
    """(T, H, W, 4): the background as neighbours show it, and 255 where they do; None where nobody looked."""
