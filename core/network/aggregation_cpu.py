"""Temporal feature fusion on a CPU, for use and not for training: the window's channels are never held side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor, nn

from stfam.core.network.aggregation_kernel import attend, weigh_and_fuse
from stfam.core.network.compiling import flat, rows_of, shared_out


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
    matrix = flat(fuse.weight.flatten(1).T.contiguous())
    assert fuse.bias is not None and spatial.bias is not None
    kernel, side = flat(spatial.weight.contiguous()), spatial.kernel_size[0]
    shift, bias = float(spatial.bias), flat(fuse.bias)
    outputs, down, across = fuse.out_channels, weights.shape[2], weights.shape[3]
    out, summary = torch.empty(batch, height, width, outputs), torch.empty(2, height, width)
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for x, w, into in zip(pictures, blocks, out):
            seen, found = flat(summary), flat(into)
            picture, attention = (flat(x), frames, height, width, channels), (flat(w), down, across)
            shared_out(pool, height, partial(weigh_and_fuse, *picture, *attention, matrix, outputs, found, seen))
            shared_out(pool, height, partial(attend, seen, height, width, kernel, side, shift, bias, outputs, found))
    return out.permute(0, 3, 1, 2)
