from __future__ import annotations

import numpy as np
import pytest

from stfam.core.engine.memory_estimate import estimated_bytes, shot_bytes
from stfam.core.engine.tile_plan import plan_tiles, tile_limit, unknown_blocks
from stfam.core.network.config import MATTING
from stfam.core.performance.scene import Scene

LITE = MATTING["lite"]


def estimate(size: tuple[int, int], share: float, tile: str = "auto", window: int = LITE.window) -> int:
    trimap = np.zeros(size, np.uint8)
    trimap[: max(1, int(size[0] * share))] = 128
    tiles = plan_tiles(unknown_blocks(trimap), size, LITE.halo, tile_limit(tile, size))
    return estimated_bytes(LITE, size, tiles, window)


def test_what_was_measured():
    """Resident memory of `matte` with the lite weights on square frames that are wholly unknown, Linux, two threads."""
    assert estimate((512, 512), 1.0) == pytest.approx(1406 * 2**20, rel=0.15)


@pytest.mark.parametrize(
    ("size", "share", "window", "took"),
    [
        ((320, 180), 0.1, 0, 0.87),
        ((1920, 1080), 0.3, 0, 1.55),
        ((1920, 1080), 0.3, 1, 1.88),
        ((300, 2400), 0.5, 2, 1.29),
    ],
    ids=str,
)
def test_windows_and_sizes_as_measured(size: tuple[int, int], share: float, window: int, took: float):
    """GiB that `stfam render` took at most, of nine frames with a trimap each, Linux, two threads."""
    trimap = Scene(*size, share).trimap(0)
    needed = shot_bytes(LITE, trimap, window=window, proxy=1.0, tile="auto")
    assert needed == pytest.approx(took * 2**30, rel=0.15)


def test_more_unknown_and_larger_frames_need_more():
    size = (1080, 1920)
    assert estimate((540, 960), 0.1) < estimate(size, 0.1) < estimate(size, 0.5) < estimate(size, 1.0)


def test_half_unknown_ultra_high_definition_fits_eight_gigabytes():
    assert estimate((2160, 4096), 0.1) < 4 * 2**30
    assert estimate((2160, 4096), 0.5) < 8 * 2**30
