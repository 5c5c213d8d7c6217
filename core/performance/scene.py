"""A synthetic plate to measure on: textured, moving, noisy, with a chosen share of unknown pixels in one region."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stfam.core.errors import UsageError
from stfam.core.media.frame_meta import FloatImage
from stfam.core.trimap import Trimap

STEP = 4
"""Pixels that the scene moves a frame."""
NOISE = 2 / 255
BORDER = 16
"""Pixels on each side that stay known where everything else is unknown."""


@dataclass(frozen=True)
class Scene:
    """Frames of one size; each is made when it is asked for, so that none is measured for what made it.

    Attributes:
        width, height: pixels.
        unknown: share of unknown pixels, 0 to 1, in one region with foreground inside it where there is room.
    """

    width: int
    height: int
    unknown: float

    def __post_init__(self) -> None:
        if self.width < 64 or self.height < 64:
            raise UsageError(f"A benchmark frame has at least 64x64 pixels; got {self.width}x{self.height}.")
        if not 0 < self.unknown <= 1:
            raise UsageError(f"The share of unknown pixels is above 0 and at most 1; got {self.unknown}.")

    def image(self, index: int) -> FloatImage:
        """(H, W, 3) display-encoded in [0, 1]."""
        shift = index * STEP
        image = np.random.default_rng(index).standard_normal((self.height, self.width, 3), np.float32)
        image *= np.float32(NOISE)  # in place: what makes the frames counts as memory
        image += self._texture[:, shift % 256 : shift % 256 + self.width]
        return np.clip(image, 0, 1, out=image)

    def trimap(self, index: int) -> Trimap:
        """(H, W): a band of unknown about a foreground, the same in every frame; all but a border where it is dense."""
        return self._trimap

    def alpha(self, index: int) -> FloatImage:
        """(H, W) as a matte of this trimap may be: fractional where it is unknown."""
        ramp = np.linspace(0, 1, self.width, dtype=np.float32)[None].repeat(self.height, 0)
        known = (self._trimap == 255).astype(np.float32)
        return np.where(self._trimap == 128, np.clip(ramp, 0.02, 0.98), known).astype(np.float32)

    @cached_property
    def _texture(self) -> FloatImage:
        rows, columns = np.mgrid[: self.height, : self.width + 256].astype(np.float32)
        waves = [np.sin(columns / 7 + k) * np.cos(rows / (5 + k)) * 0.2 + 0.3 + 0.1 * k for k in range(3)]
        return np.stack(waves, -1).astype(np.float32)

    @cached_property
    def _trimap(self) -> Trimap:
        trimap = np.zeros((self.height, self.width), np.uint8)
        if self.unknown >= 1:
            trimap[:] = 128
            trimap[:, :BORDER], trimap[:, -BORDER:] = 0, 255
            return trimap
        # a rectangle of the frame's shape whose middle tenth is foreground
        outer = (self.unknown / 0.9) ** 0.5
        for share, label in ((outer, 128), (outer * 0.1**0.5, 255)):
            high, wide = round(self.height * min(share, 1)), round(self.width * min(share, 1))
            top, left = (self.height - high) // 2, (self.width - wide) // 2
            trimap[top : top + high, left : left + wide] = label
        return trimap
