"""The guidance channels of a tile on a CPU, in use and not in training: only the result is held in full size."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from torch import Tensor

from stfam.core.network.box import Box, between
from stfam.core.network.compiling import flat, rows_of, shared_out
from stfam.core.network.guidance_kernel import guide


def tile_channels(
    image: Tensor, trimap: Tensor, maps: Tensor, votes: Tensor, box: Box, frame_size: tuple[int, int]
) -> Tensor:
    """See `guidance.tile_guidance`.

    Args:
        image: (B, 3, H, W) float32 on the CPU, as the others.
        trimap: (B, 1, H, W) uint8.
        maps: (B, 11, h, w): coefficients, colours and what is known of the background.
        votes: (B, 1, h', w').
        box: where the tile lies.
        frame_size: (H, W) of the frame.

    Returns:
        (B, 9, H, W), channels last.
    """
    batch, _, height, width = image.shape
    out = torch.empty(batch, height, width, 9)
    places = [
        array
        for source in (maps, votes)
        for axis, start, length in ((2, box.top, box.height), (3, box.left, box.width))
        for array in _axis(source.shape[axis], start, length, frame_size[axis - 2])
    ]
    pixels, labels = rows_of(image), trimap.contiguous()
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for one in range(batch):
            whole = maps[one].contiguous().numpy(), *places[:4], votes[one, 0].contiguous().numpy(), *places[4:]
            tile = flat(pixels[one]), labels[one].numpy().reshape(-1), flat(out[one])
            shared_out(pool, height, partial(guide, *whole, *tile))
    return out.permute(0, 3, 1, 2)


def _axis(size: int, start: int, length: int, extent: int) -> tuple[np.ndarray, np.ndarray]:
    lower, upper, share = between(size, start, length, extent)
    return np.stack([lower.numpy(), upper.numpy()]), share.to(torch.float32).numpy()
