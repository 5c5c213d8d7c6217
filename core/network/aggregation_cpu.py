"""Temporal feature fusion on a CPU, for use and not for training: a strip of the window's channels at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor, nn

from stfam.core.network.aggregation_kernel import attend, weigh
from stfam.core.network.compiling import flat, rows_of, shared_out

STRIP_BYTES = 2**20
"""About as much of the window's channels is weighed and multiplied at a time: what stays in the cache."""


def fused(aligned: Tensor, weights: Tensor, fuse: nn.Conv2d, spatial: nn.Conv2d) -> Tensor:
    """The window's channels, weighed by channel, fused, and weighed by position.

    Args:
        aligned: (B, T, C, H, W) float32 on the CPU.
        weights: (B, T * C, h, w), one for each channel of each block; bilinear between them.
        fuse: the fusing 1x1 convolution, T * C channels to O.
        spatial: the convolution of the channels' maximum and mean.

    Returns:
        (B, O, H, W), channels last.
    """
    batch, frames, channels, height, width = aligned.shape
    pictures, blocks = rows_of(aligned.flatten(0, 1)).unflatten(0, (batch, frames)), rows_of(weights)
    matrix, row_bytes = fuse.weight.flatten(1).T.contiguous(), 4 * frames * channels * width
    strip = max(1, min(height, STRIP_BYTES // row_bytes))
    assert fuse.bias is not None and spatial.bias is not None
    kernel, side = flat(spatial.weight.contiguous()), spatial.kernel_size[0]
    shift, bias = float(spatial.bias), flat(fuse.bias)
    outputs, down, across = fuse.out_channels, weights.shape[2], weights.shape[3]
    out, summary = torch.empty(batch, height, width, outputs), torch.empty(2, height, width)
    weighted = torch.empty(strip * width, frames * channels)
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for x, w, into in zip(pictures, blocks, out):
            seen, found = flat(summary), flat(into)
            picture, attention = (flat(x), frames, height, width, channels), (flat(w), down, across)
            for top in range(0, height, strip):
                rows = min(strip, height - top)
                shared_out(pool, rows, partial(weigh, *picture, *attention, top, flat(weighted), seen))
                product = into[top : top + rows].flatten(0, 1)
                torch.mm(weighted[: rows * width], matrix, out=product)
            shared_out(pool, height, partial(attend, seen, height, width, kernel, side, shift, bias, outputs, found))
    return out.permute(0, 3, 1, 2)
