"""How a movie's stored picture is turned or mirrored to be looked at, as a phone's footage asks."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type

from stfam.core.media.frame_meta import FloatImage


@dataclass(frozen=True)
class Turn:
    """A quarter turn and mirrorings, which is all that cameras ask for."""

    swapped: bool = False
    """Rows become columns, before anything is mirrored."""
    mirrored: bool = False
    """Left to right."""
    flipped: bool = False
    """Top to bottom."""

    @classmethod
    def of(cls, frame: Any) -> Turn:
        """That of a decoded frame, by its display matrix: the nearest one with right angles."""
        try:
            matrix = frame.side_data.get(Type.DISPLAYMATRIX)
        except ValueError:  # PyAV does not know EXIF, as JPEGs of cameras have it, and then hands out nothing at all
            turn = frame.rotation % 360
            return cls(swapped=turn in (90, 270), mirrored=turn in (180, 270), flipped=turn in (90, 180))
        if matrix is None:
            return cls()
        xx, xy, _, yx, yy = struct.unpack_from("=5i", bytes(matrix))  # x and y as they come from a stored x and y
        swapped = abs(xy) > abs(xx)
        return cls(swapped, mirrored=(yx if swapped else xx) < 0, flipped=(xy if swapped else yy) < 0)

    def upright(self, image: FloatImage) -> FloatImage:
        """A stored image (H, W, C) as it is looked at."""
        image = image.swapaxes(0, 1) if self.swapped else image
        image = image[:, ::-1] if self.mirrored else image
        return np.ascontiguousarray(image[::-1] if self.flipped else image)
