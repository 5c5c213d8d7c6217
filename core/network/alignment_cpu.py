"""Alignment on a CPU, for use and not for training: one neighbour after the other."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.alignment_kernel import place_taps
from stfam.core.network.compiling import flat, rows_of, shared_out
from stfam.core.network.deform import shift
from stfam.core.network.deform_cpu import deform_into
from stfam.core.network.fused_convolution import add_and_rectify


def aligned(
    centre: Tensor, neighbours: Sequence[Tensor], motion: Tensor | None,
    compare: nn.Conv2d, predict: nn.Conv2d, slopes: Tensor, convolve: nn.Conv2d, reach: float,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """See `alignment.TemporalFeatureAlignment`.

    Args:
        centre: (B, C, H, W) float32 on the CPU, as the others.
        neighbours: T times (B, C, H, W).
        motion: (B, T, 2, H, W), or None.
        compare: reads both features side by side.
        predict: gives offsets and masks.
        slopes: (3 * taps, 1, 1), what their sigmoids are stretched by.
        convolve: the deformable convolution.
        reach: of an offset, pixels.

    Returns:
        The aligned neighbours (B, T, C, H, W) and the mean offset of their taps (B, T, 2, H, W), channels last.
    """
    height, width = centre.shape[2:]
    of_centre, of_seen = compare.weight.chunk(2, 1)
    assert predict.bias is not None
    weight, bias = predict.weight * slopes[..., None], predict.bias * slopes.flatten()
    out = torch.empty(len(centre), len(neighbours), height, width, convolve.out_channels)
    means = torch.empty(len(centre), len(neighbours), height, width, 2)
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for image in range(len(centre)):
            shared = F.conv2d(centre[image : image + 1], of_centre, compare.bias, padding=1)
            for frame, neighbour in enumerate(neighbours):
                one, moved = _last(neighbour[image : image + 1]), None
                if motion is not None:
                    moved = _last(motion[image, frame][None])
                seen = one if moved is None else shift(one, moved)
                compared = add_and_rectify(seen, of_seen, shared)
                share = F.conv2d(compared, weight, bias, padding=1).sigmoid_()
                offset, mask = _placed(pool, share, moved, reach, means[image, frame])
                deform_into(pool, out[image, frame], one, offset, mask, convolve.weight, convolve.bias)
    return out.permute(0, 1, 4, 2, 3), means.permute(0, 1, 4, 2, 3)


def _last(x: Tensor) -> Tensor:
    """Channels last; a crop of a larger picture is copied once, and not by everything that reads it."""
    return x.contiguous(memory_format=torch.channels_last)


def _placed(
    pool: ThreadPoolExecutor, share: Tensor, motion: Tensor | None, reach: float, mean: Tensor
) -> tuple[Tensor, Tensor]:
    """Offsets (1, 2 * K, H, W) and masks (1, K, H, W); their mean offset goes to `mean` (H, W, 2)."""
    taps, (height, width) = share.shape[1] // 3, share.shape[2:]
    offset, mask = torch.empty(1, height, width, 2 * taps), torch.empty(1, height, width, taps)
    start = flat(torch.empty(0) if motion is None else rows_of(motion))
    work = partial(place_taps, flat(rows_of(share)), start, taps, reach, flat(offset), flat(mask), flat(mean))
    shared_out(pool, height * width, work)
    return offset.permute(0, 3, 1, 2), mask.permute(0, 3, 1, 2)
