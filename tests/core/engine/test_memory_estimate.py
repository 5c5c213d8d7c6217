from __future__ import annotations

import numpy as np
import pytest

from stfam.core.engine.memory_estimate import estimated_bytes
from stfam.core.engine.tile_plan import plan_tiles, tile_limit, unknown_blocks
from stfam.core.network.config import MATTING

LITE = MATTING["lite"]


def estimate(size: tuple[int, int], share: float, tile: str = "auto") -> int:
    trimap = np.zeros(size, np.uint8)
    trimap[: max(1, int(size[0] * share))] = 128
    return estimated_bytes(LITE, size, plan_tiles(unknown_blocks(trimap), size, LITE.halo, tile_limit(tile, size)))


def test_what_was_measured():
    """Resident memory of `matte` with the lite weights on square frames that are wholly unknown, Linux, two threads."""
    assert estimate((512, 512), 1.0) == pytest.approx(1499 * 2**20, rel=0.15)


def test_more_unknown_and_larger_frames_need_more():
    size = (1080, 1920)
    assert estimate((540, 960), 0.1) < estimate(size, 0.1) < estimate(size, 0.5) < estimate(size, 1.0)


def test_half_unknown_ultra_high_definition_fits_eight_gigabytes():
    assert estimate((2160, 4096), 0.1) < 4 * 2**30
    assert estimate((2160, 4096), 0.5) < 8 * 2**30
