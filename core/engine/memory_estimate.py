"""How much memory a run will need, from the network's shape and what is unknown; told before the run."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stfam.core.engine.keyframe_spans import halo
from stfam.core.engine.lanes import COUNT
from stfam.core.engine.matte_job import AHEAD, is_small
from stfam.core.engine.reduced_scale import reduced_trimap
from stfam.core.engine.tile_plan import Size, Tile, plan_tiles, tile_limit, unknown_blocks
from stfam.core.network import guidance
from stfam.core.network.config import MattingConfig
from stfam.core.network.proxy import proxy_size

_FLOAT = 4
_PROCESS = 640 * 2**20
"""The interpreter, the libraries, both networks. This and the next two are fitted to renders of ten sizes on Linux."""
_CONTEXT_FLOATS = 80
"""What the context path works on, a pixel of its proxy."""
_DECODING_COPIES = 6
"""Of a window's features: aligned, fused, and what lies between."""
_PICTURE_BYTES = 3 * _FLOAT + 1
"""A frame's picture and trimap, a pixel."""
_PICTURES = 7
"""Frames whose pictures are held: of the window, read ahead, being read and waiting to be written; hardly fewer of a
smaller window."""
_STRIP_BYTES = 7 * _FLOAT + 1
"""What a frame keeps to lend, a pixel of its proxy: colours, trimap and the background's motion to both sides."""


def shot_bytes(
    config: MattingConfig, trimap: npt.NDArray[np.uint8], *, window: int, proxy: float, tile: str | int
) -> int:
    """Peak memory of matting a clip of which one trimap is known, in bytes.

    Args:
        config: of the network.
        trimap: (H, W) of a typical frame.
        window: n that is matted with, at most the network's own.
        proxy: scale that is matted at.
        tile: "auto", "off" or the longest side of a tile in pixels.
    """
    reduced = trimap if proxy == 1 else reduced_trimap(trimap, proxy)
    size = reduced.shape[0], reduced.shape[1]
    tiles = plan_tiles(unknown_blocks(reduced), size, config.halo, tile_limit(tile, size))
    return estimated_bytes(config, size, tiles, window)


def estimated_bytes(config: MattingConfig, frame_size: Size, tiles: Sequence[Tile], window: int) -> int:
    """Peak memory of matting a clip whose frames look like one, in bytes.

    Args:
        config: of the network.
        frame_size: (H, W).
        tiles: planned for a typical frame.
        window: n; the network decodes as many frames as it has learnt with, but fewer than those are held.
    """
    at_once = COUNT if is_small(tiles) else 1  # as on a CPU with a thread for each
    ahead = AHEAD if at_once > 1 else 0
    frames = 2 * window + 1
    detail = 3 + (guidance.CHANNELS if config.context_width else guidance.TRIMAP_CHANNELS)
    levels = sum(width / stride**2 for stride, width in config.widths.items())
    largest = max((tile.box.height * tile.box.width for tile in tiles), default=0)
    encoded = sum(tile.box.height * tile.box.width for tile in tiles)
    detailed = frames - window + ahead  # a frame whose alpha is known has no detail left
    features = ((frames + ahead) * levels + detailed * detail) * encoded
    decoding = _DECODING_COPIES * (2 * config.window + 1) * levels  # refinement at full size holds a band of lines
    pictures = (_PICTURES + AHEAD * (at_once - 1)) * frame_size[0] * frame_size[1] * _PICTURE_BYTES
    proxy = math.prod(proxy_size(frame_size))
    strip = (1 + 2 * halo(window)) * proxy * _STRIP_BYTES
    working = at_once * (_CONTEXT_FLOATS * proxy + decoding * largest)
    return int(_PROCESS + pictures + strip + _FLOAT * (features + working))
