from __future__ import annotations

import time

import numpy as np
import pytest

from stfam.core.engine.tile_plan import (
    ALIGNMENT,
    halved,
    padded_size,
    plan_regions,
    plan_tiles,
    split_tiles,
    tile_limit,
    unknown_blocks,
)
from stfam.core.network.box import contains

SIZES = [(1, 1), (33, 500), (270, 480), (1080, 1920), (2160, 4096)]


def _trimap(size: tuple[int, int], seed: int, share: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    trimap = np.zeros(size, np.uint8)
    for _ in range(3):
        top, left = rng.integers(0, size[0]), rng.integers(0, size[1])
        height, width = (max(1, int(side * share)) for side in size)
        trimap[top : top + height, left : left + width] = 128
    return trimap


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("setting", ["auto", "off", 256], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_every_unknown_pixel_is_in_a_core_and_every_box_is_aligned(size, setting, seed):
    trimap = _trimap(size, seed)
    covered = np.zeros(size, bool)
    limit = tile_limit(setting, size)
    for tile in plan_tiles(unknown_blocks(trimap), size, 96, limit):
        covered[tile.core.top : tile.core.bottom, tile.core.left : tile.core.right] = True
        assert contains(tile.box, tile.core)
        assert contains_frame(tile.box, size)
        assert tile.core.height <= limit[0] and tile.core.width <= limit[1]
        assert all(side % ALIGNMENT == 0 for side in (tile.box.top, tile.box.left, tile.box.height, tile.box.width))
    assert covered[trimap == 128].all()


def contains_frame(box, size) -> bool:
    height, width = padded_size(size)
    return box.top >= 0 and box.left >= 0 and box.bottom <= height and box.right <= width


def test_no_unknown_pixel_means_no_tile():
    assert plan_tiles(unknown_blocks(np.full((300, 400), 255, np.uint8)), (300, 400), 96, (512, 512)) == ()


def test_one_region_of_a_tenth_costs_less_than_a_third_of_the_frame():
    trimap = np.zeros((1080, 1920), np.uint8)
    trimap[300:641, 600:1207] = 128
    tiles = plan_tiles(unknown_blocks(trimap), trimap.shape, 96, tile_limit("auto", trimap.shape))
    computed = sum(tile.box.height * tile.box.width for tile in tiles)
    assert len(tiles) == 1
    assert computed < 0.3 * trimap.size


def test_a_ring_is_not_filled():
    rows, columns = np.mgrid[:1080, :1920]
    radius = np.hypot(rows - 540, columns - 960)
    trimap = np.where(np.abs(radius - 480) < 20, 128, np.where(radius < 480, 255, 0)).astype(np.uint8)
    tiles = plan_tiles(unknown_blocks(trimap), trimap.shape, 32, tile_limit("auto", trimap.shape))
    assert sum(tile.box.height * tile.box.width for tile in tiles) < 0.75 * (1080 * 1120)


@pytest.mark.parametrize(
    ("size", "parts"), [((720, 1280), 1), ((1080, 1920), 1), ((2160, 4096), 4), ((4320, 8192), 15)], ids=str
)
def test_automatic_tiles_are_as_large_as_memory_should_bear(size, parts):
    tiles = plan_tiles(unknown_blocks(np.full(size, 128, np.uint8)), size, 96, tile_limit("auto", size))
    assert len(tiles) <= parts
    assert max(tile.core.height * tile.core.width for tile in tiles) < 2.6e6


def test_regions_hold_every_tile_and_are_no_larger_than_a_tile_may_be():
    size = (1080, 1920)
    limit = tile_limit(512, size)
    tiles = [t for s in range(5) for t in plan_tiles(unknown_blocks(_trimap(size, s)), size, 96, limit)]
    regions = plan_regions(tiles, size, limit, 96)
    assert all(any(contains(region, tile.box) for region in regions) for tile in tiles)
    assert all(r.height <= limit[0] + 192 and r.width <= limit[1] + 192 for r in regions)
    assert len(regions) < len({tile.box for tile in tiles})


def test_halved_tiles_lie_inside_the_tiles_they_were_cut_from():
    size = (1080, 1920)
    limit: tuple[int, int] | None = tile_limit("auto", size)
    whole = plan_tiles(unknown_blocks(_trimap(size, 1, 0.4)), size, 96, limit)
    steps = 0
    while limit := halved(limit):
        steps += 1
        parts = split_tiles(whole, size, 96, limit)
        assert all(any(contains(tile.box, part.box) for tile in whole) for part in parts)
        assert max(part.core.width for part in parts) <= limit[1]
        assert sum(p.core.height * p.core.width for p in parts) == sum(t.core.height * t.core.width for t in whole)
    assert 3 <= steps <= 5


def test_planning_takes_little_of_a_frames_time():
    trimap = _trimap((2160, 4096), 4, 0.5)
    rng = np.random.default_rng(1)
    trimap[rng.random(trimap.shape) < 2e-4] = 128
    start = time.process_time()
    plan_tiles(unknown_blocks(trimap), trimap.shape, 96, tile_limit("auto", trimap.shape))
    assert time.process_time() - start < 1
