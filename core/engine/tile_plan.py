"""Which rectangles of a frame are computed: only those around unknown pixels.

The plan is a function of the trimap, the frame's size and the tile limit alone. It does not know which frames were
asked for, how much memory is free or what was computed before, so that a part of a clip gets the same tiles, and
therefore the same bits, as the whole clip.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stfam.core.network.box import Box

ALIGNMENT = 32
"""Tiles start and end on multiples of the deepest stride that any of the networks has."""
BLOCK = 2 * ALIGNMENT
"""Unknown pixels are looked for in squares of this side."""
AUTO_AREA = 2048 * 1152
"""Pixels of the largest tile that is chosen by itself: a 1080p frame is one tile, a 4096x2160 frame is four."""
SMALLEST_LIMIT = 128
_CALL_COST = 64 * 64
"""A call of the network costs about as much as this many pixels, however small the tile."""

Blocks = npt.NDArray[np.bool_]
Size = tuple[int, int]


@dataclass(frozen=True)
class Tile:
    """A rectangle whose alpha is kept (`core`), and the surroundings that it is computed from (`box`)."""

    core: Box
    box: Box


def padded_size(frame_size: Size) -> Size:
    """(H, W) of a frame replicated up to the alignment."""
    height, width = (math.ceil(side / ALIGNMENT) * ALIGNMENT for side in frame_size)
    return height, width


def unknown_blocks(trimap: npt.NDArray[np.uint8]) -> Blocks:
    """Which BLOCK x BLOCK squares hold an unknown pixel: (H, W) uint8 -> (ceil(H / BLOCK), ceil(W / BLOCK))."""
    unknown = trimap == 128
    rows = np.arange(0, trimap.shape[0], BLOCK)
    columns = np.arange(0, trimap.shape[1], BLOCK)
    return np.logical_or.reduceat(np.logical_or.reduceat(unknown, rows, 0), columns, 1)


def tile_limit(setting: str | int, frame_size: Size) -> Size:
    """Largest core (height, width) of a tile, a multiple of BLOCK.

    Args:
        setting: "auto", "off" for the whole frame in one piece, or the longest side in pixels.
        frame_size: (H, W).
    """
    height, width = padded_size(frame_size)
    if setting == "off":
        return _round_up(height), _round_up(width)
    if setting == "auto":
        parts = math.ceil(height * width / AUTO_AREA)
        down = max(1, round(math.sqrt(parts * height / width)))
        return _round_up(height / down), _round_up(width / math.ceil(parts / down))
    side = max(SMALLEST_LIMIT, _round_up(int(setting)))
    return side, side


def halved(limit: Size) -> Size | None:
    """The next smaller tile limit; None when there is none."""
    if max(limit) <= SMALLEST_LIMIT:
        return None
    height, width = (max(SMALLEST_LIMIT, _round_up(side / 2)) for side in limit)
    return height, width


def plan_tiles(blocks: Blocks, frame_size: Size, halo: int, limit: Size) -> tuple[Tile, ...]:
    """Tiles whose cores hold every unknown block of a frame.

    Neighbouring blocks are joined as long as the joined tile with its halo is cheaper than the two apart.

    Args:
        blocks: of `unknown_blocks`.
        frame_size: (H, W).
        halo: pixels of surroundings on each side.
        limit: of `tile_limit`; no core is larger, and no core crosses a multiple of it.
    """
    tiles: list[Tile] = []
    step = limit[0] // BLOCK, limit[1] // BLOCK
    for top in range(0, blocks.shape[0], step[0]):
        for left in range(0, blocks.shape[1], step[1]):
            part = blocks[top : top + step[0], left : left + step[1]]
            cores = join_boxes(_block_rows(part, top, left, frame_size), frame_size, halo)
            tiles += [Tile(core, with_halo(core, halo, frame_size)) for core in cores]
    return tuple(tiles)


def split_tiles(tiles: Sequence[Tile], frame_size: Size, halo: int, limit: Size) -> tuple[Tile, ...]:
    """The same tiles cut to a smaller limit; each new box lies inside the box that it was cut from."""
    return tuple(Tile(core, with_halo(core, halo, frame_size)) for tile in tiles for core in _cut(tile.core, limit))


def plan_regions(tiles: Sequence[Tile], frame_size: Size, limit: Size, halo: int) -> tuple[Box, ...]:
    """Rectangles to encode so that the box of every tile lies wholly inside one of them.

    Args:
        tiles: of all the windows that the frame serves.
        frame_size: (H, W).
        limit: largest core of a tile; a joined region is no larger than such a tile with its halo.
        halo: pixels of surroundings on each side.
    """
    boxes = list(dict.fromkeys(tile.box for tile in tiles))
    largest = limit[0] + 2 * halo, limit[1] + 2 * halo
    return tuple(join_boxes(boxes, frame_size, 0, largest))


def with_halo(core: Box, halo: int, frame_size: Size) -> Box:
    """A core and its surroundings, inside the padded frame: a tile at the frame's border ends with the frame."""
    return core.grown(halo, Box(0, 0, *padded_size(frame_size)))


def join_boxes(boxes: Sequence[Box], frame_size: Size, halo: int, largest: Size | None = None) -> list[Box]:
    """Join pairs of rectangles, the greatest saving first, as long as it saves work.

    Args:
        boxes: rectangles on the alignment.
        frame_size: (H, W).
        halo: pixels of surroundings that each rectangle costs besides itself.
        largest: (height, width) that a joined rectangle may have; any when None.
    """
    if len(boxes) < 2:
        return list(boxes)
    edges = np.array([(b.top, b.left, b.bottom, b.right) for b in boxes], np.int64)
    alive = np.ones(len(boxes), bool)
    gains = np.stack([_gains(edges, i, frame_size, halo, largest) for i in range(len(boxes))])
    while True:
        first, second = divmod(int(gains.argmax()), len(boxes))
        if gains[first, second] <= 0:
            break
        edges[first] = _union(edges[first], edges[second])
        alive[second] = False
        gains[second, :] = gains[:, second] = -1
        row = np.where(alive, _gains(edges, first, frame_size, halo, largest), -1)
        gains[first, :] = gains[:, first] = row
    kept = sorted(tuple(int(v) for v in edge) for edge in edges[alive])
    return [Box(top, left, bottom - top, right - left) for top, left, bottom, right in kept]


def _gains(
    edges: npt.NDArray[np.int64], index: int, frame_size: Size, halo: int, largest: Size | None
) -> npt.NDArray[np.int64]:
    """Pixels saved by joining one rectangle with each of the others; -1 with itself and where it may not be."""
    joined = _union(edges, edges[index])
    costs = _cost(edges, frame_size, halo)
    gains = costs + costs[index] - _cost(joined, frame_size, halo)
    if largest is not None:
        fits = (joined[:, 2] - joined[:, 0] <= largest[0]) & (joined[:, 3] - joined[:, 1] <= largest[1])
        gains = np.where(fits, gains, -1)
    gains[index] = -1
    return gains


def _cost(edges: npt.NDArray[np.int64], frame_size: Size, halo: int) -> npt.NDArray[np.int64]:
    height, width = padded_size(frame_size)
    rows = np.minimum(edges[..., 2] + halo, height) - np.maximum(edges[..., 0] - halo, 0)
    columns = np.minimum(edges[..., 3] + halo, width) - np.maximum(edges[..., 1] - halo, 0)
    cost: npt.NDArray[np.int64] = rows * columns + _CALL_COST
    return cost


def _union(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    union = np.maximum(first, second)
    union[..., :2] = np.minimum(first[..., :2], second[..., :2])
    return union


def _block_rows(blocks: Blocks, top: int, left: int, frame_size: Size) -> list[Box]:
    """One rectangle a run of unknown blocks in a row of blocks; `top` and `left` count blocks."""
    height, width = padded_size(frame_size)
    rows: list[Box] = []
    for row, column in zip(*np.nonzero(blocks)):
        y, x = int(top + row) * BLOCK, int(left + column) * BLOCK
        box = Box(y, x, min(BLOCK, height - y), min(BLOCK, width - x))
        if rows and rows[-1].top == y and rows[-1].right == x:
            previous = rows.pop()
            box = Box(y, previous.left, box.height, previous.width + box.width)
        rows.append(box)
    return rows


def _cut(core: Box, limit: Size) -> list[Box]:
    return [
        Box(top, left, min(limit[0], core.bottom - top), min(limit[1], core.right - left))
        for top in range(core.top, core.bottom, limit[0])
        for left in range(core.left, core.right, limit[1])
    ]


def _round_up(side: float) -> int:
    return max(BLOCK, math.ceil(side / BLOCK) * BLOCK)
