"""Tiles of a picture as the network reads them."""

from __future__ import annotations

import numpy as np
import torch

from stfam.core.engine.feature_tiles import image_tile
from stfam.core.network.box import Box


def test_a_tile_is_channels_last_to_everything_that_is_joined_to_it() -> None:
    picture = np.random.default_rng(0).random((20, 30, 3), np.float32)
    tile = image_tile(picture, Box(4, 8, 24, 32), torch.device("cpu"))
    assert tile.shape == (1, 3, 24, 32)
    assert torch.equal(tile[0, :, :16, :22], torch.from_numpy(picture[4:, 8:]).permute(2, 0, 1))
    assert torch.equal(tile[0, :, 16:], tile[0, :, 15:16].expand(-1, 8, -1)), "replicated beyond the frame"
    beside = torch.zeros(1, 9, 24, 32).contiguous(memory_format=torch.channels_last)
    joined = torch.cat([tile, beside], 1)
    assert joined.stride() == (12 * 24 * 32, 1, 12 * 32, 12), "without a copy for each that reads it"
