"""Memory that matting a frame takes, before it is tried."""

from __future__ import annotations

from stfam.core.engine.tile_plan import tile_limit
from stfam.core.shot import Shot

FIXED = 650e6
"""Bytes of the program, its libraries and the weights."""

PER_FRAME_PIXEL = 64.0
"""Bytes for a pixel of each frame in the window: picture, trimap, alpha, colours on their way to a file."""

PER_TILE_PIXEL = 620.0
"""Bytes for a pixel of a tile: features of the window and the largest layers."""


def matte_bytes(shot: Shot, size: tuple[int, int]) -> float:
    """Bytes at the peak.

    Args:
        shot: window, proxy and tiles count.
        size: (H, W) of the plate.
    """
    settings = shot.settings
    pixels = size[0] * size[1]
    scaled = (max(16, round(size[0] * settings.proxy)), max(16, round(size[1] * settings.proxy)))
    tile = settings.tile if not settings.tile.isdigit() else int(settings.tile)
    height, width = tile_limit(tile, scaled)
    area = min(height * width, scaled[0] * scaled[1])
    return FIXED + (2 * settings.window + 2) * pixels * PER_FRAME_PIXEL + area * PER_TILE_PIXEL
