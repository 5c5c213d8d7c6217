"""The guidance channels of a tile on a CPU, in use and not in training: only the result is held in full size."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.network.box import Box, between
from stfam.core.network.compiling import flat, rows_of, shared_out
from stfam.core.network.guidance_kernel import guide

_Indices = npt.NDArray[np.int64]
_Shares = npt.NDArray[np.float32]


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
    places, vote_places = (_places(source, box, frame_size) for source in (maps, votes))
    pixels, labels = rows_of(image), trimap.contiguous()
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for one in range(batch):
            whole, whole_votes = maps[one].contiguous().numpy(), votes[one, 0].contiguous().numpy()
            tile = flat(pixels[one]), labels[one].numpy().reshape(-1), flat(out[one])
            shared_out(pool, height, partial(guide, whole, *places, whole_votes, *vote_places, *tile))
    return out.permute(0, 3, 1, 2)


def _places(source: Tensor, box: Box, frame_size: tuple[int, int]) -> tuple[_Indices, _Shares, _Indices, _Shares]:
    """Where the tile's rows and columns lie in a whole-frame map, as `guide` takes them."""
    rows, down = _axis(source.shape[2], box.top, box.height, frame_size[0])
    columns, across = _axis(source.shape[3], box.left, box.width, frame_size[1])
    return rows, down, columns, across


def _axis(size: int, start: int, length: int, extent: int) -> tuple[_Indices, _Shares]:
    lower, upper, share = between(size, start, length, extent)
    return np.stack([lower.numpy(), upper.numpy()]), share.to(torch.float32).numpy()
