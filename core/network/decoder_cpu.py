"""The refinement at full resolution on a CPU, for use and not for training: a band of lines at a time.

In full size its pictures would be larger than everything else that decoding holds, and would go to memory and back.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from stfam.core.network.box import Box, crop
from stfam.core.network.compiling import flat, rows_of, shared_out
from stfam.core.network.decoder import SHUFFLED_CHANNELS, Decoder, Refinement
from stfam.core.network.decoder_kernel import lay_beside
from stfam.core.network.fused_convolution import pointwise

BAND_BYTES = 2**24
"""About as many bytes of features are refined at a time."""
MARGIN = 4
"""Lines that a band needs on each side: the refinement looks three pixels far."""


def refined(x: Tensor, detail: Tensor, part: Box, core: Box, decoder: Decoder, refinement: Refinement) -> Tensor:
    """Unclamped alpha (B, 1, core.height, core.width).

    Args:
        x: (B, C, part.height / 2, part.width / 2) float32 on the CPU, decoded features.
        detail: (B, D, H, W), of the whole tile, the plate's and the guidance's channels.
        part: of the tile, what is decoded.
        core: of the tile, inside `part`, what is wanted.
        decoder: what decoded.
        refinement: what makes the alpha.
    """
    alpha = torch.empty(len(x), 1, core.height, core.width)
    details, layers = detail.shape[1], _by_pixel(decoder.expand)
    width = SHUFFLED_CHANNELS + details
    height = max(2, BAND_BYTES // (4 * width * core.width) // 2 * 2)
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for image, into in enumerate(alpha):
            decoded, beside = x[image : image + 1], detail[image : image + 1]
            for top in range(core.top, core.bottom, height):
                band = Box(top, core.left, min(height, core.bottom - top), core.width)
                seen = band.grown(MARGIN, part)
                grown = rows_of(pointwise(crop(decoded, seen.seen_from(part), 2), *layers))
                features = torch.empty(1, seen.height, seen.width, width)
                sources = flat(grown), SHUFFLED_CHANNELS, *_lines(beside), details
                work = partial(lay_beside, *sources, seen.top, seen.left, seen.width, flat(features))
                shared_out(pool, seen.height, work)
                found = refinement(features.permute(0, 3, 1, 2), crop(beside[:, refinement.mattes], seen))
                into[:, top - core.top : band.bottom - core.top] = crop(found[0], band.seen_from(seen))
    return alpha


def _lines(picture: Tensor) -> tuple[npt.NDArray[np.float32], int]:
    """A picture (1, C, H, W) as it lies in memory, channels last, and values from line to line; a crop is no copy."""
    width = picture.shape[3] * picture.shape[1]
    if picture.stride(1) != 1 or picture.stride(3) != picture.shape[1]:
        picture = picture.contiguous(memory_format=torch.channels_last)
    pitch = picture.stride(2)
    return picture.as_strided(((picture.shape[2] - 1) * pitch + width,), (1,)).numpy(), pitch


def _by_pixel(expand: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of the convolution before pixels are shuffled, its outputs in the order of the pixels."""
    assert expand.bias is not None
    order = torch.arange(expand.out_channels).unflatten(0, (SHUFFLED_CHANNELS, 4)).T.flatten()
    return expand.weight[order], expand.bias[order]
