"""TFA, temporal feature alignment (supplement, figure 1): a deformable convolution brings a neighbour onto frame t."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.deform import deform_conv2d, is_plain, shift


class TemporalFeatureAlignment(nn.Module):
    """Two 3x3 convolutions on both features give offsets and mask of a modulated deformable convolution.

    The 1x1 reduction of figure 1 happens once a frame, before the window is built. Two choices are ours: offsets are
    bounded, so that a tile knows how much surroundings it needs; and those of the coarser stride may be handed down
    (the cascade of EDVR, Wang et al. 2019), so that a finer stride only corrects them.
    """

    def __init__(self, *, channels: int, hidden: int, taps: int, reach: float) -> None:
        super().__init__()
        self.count = taps * taps
        self.reach = reach
        self.compare = nn.Conv2d(2 * channels, hidden, 3, padding=1)
        self.predict = nn.Conv2d(hidden, 3 * self.count, 3, padding=1)
        self.convolve = nn.Conv2d(channels, channels, taps, padding=taps // 2)
        nn.init.zeros_(self.predict.weight)
        self.predict.bias = nn.Parameter(torch.zeros(3 * self.count))
        _start_as_identity(self.convolve)

    def forward(self, centre: Tensor, neighbours: Sequence[Tensor], motion: Tensor | None) -> tuple[Tensor, Tensor]:
        """Align neighbours to their centre; in training all in one call.

        Args:
            centre: (B, C, H, W), F_t.
            neighbours: T times (B, C, H, W), F_t+i.
            motion: (B, T, 2, H, W) pixels of this stride, handed down from the coarser one; None without.

        Returns:
            The aligned neighbours (B, T, C, H, W), and the mean offset of the taps (B, T, 2, H, W), to hand down.
        """
        if is_plain(centre) and not torch.is_grad_enabled():
            from stfam.core.network.alignment_cpu import aligned

            layers = self.compare, self.predict, self._slopes(centre), self.convolve
            return aligned(centre, neighbours, motion, *layers, self.reach)
        count = len(neighbours)
        neighbour = torch.cat(list(neighbours), 0)  # not a stack, which would leave the layout with channels last
        motion = motion if motion is None else motion.transpose(0, 1).flatten(0, 1)
        seen = neighbour if motion is None else shift(neighbour, motion)
        predicted = self.predict(F.relu(self._compared(centre, seen))).float()
        # reach * tanh(x / reach) is reach * (2 * sigmoid(2 x / reach) - 1), in one pass with the masks and a quarter of
        # a tanh's time
        share, mask = torch.sigmoid(predicted * self._slopes(predicted)).split([2 * self.count, self.count], 1)
        least = predicted.new_full((1, 2, 1, 1), -self.reach) if motion is None else motion - self.reach
        least = least.permute(0, 2, 3, 1).repeat(1, 1, 1, self.count).permute(0, 3, 1, 2)
        offset = torch.add(least, share, alpha=2 * self.reach)
        mask = (2 * mask).to(neighbour.dtype)
        brought = deform_conv2d(neighbour, offset, mask, self.convolve.weight, self.convolve.bias)
        mean = offset.unflatten(1, (self.count, 2)).mean(1)
        return _by_frame(brought, count), _by_frame(mean, count)

    def _slopes(self, like: Tensor) -> Tensor:
        """(3 * taps, 1, 1): what the offsets' and the masks' sigmoids are stretched by."""
        slopes = like.new_ones(3 * self.count, 1, 1)
        slopes[: 2 * self.count] = 2 / self.reach
        return slopes

    def _compared(self, centre: Tensor, seen: Tensor) -> Tensor:
        """`compare` of both features side by side; the centre, which all its neighbours share, is convolved once."""
        of_centre, of_seen = self.compare.weight.chunk(2, 1)
        shared = F.conv2d(centre, of_centre, self.compare.bias, padding=1)
        own = F.conv2d(seen, of_seen, padding=1)
        return (own.unflatten(0, (-1, len(centre))) + shared).flatten(0, 1)


def _by_frame(x: Tensor, count: int) -> Tensor:
    """(T * B, C, H, W) -> (B, T, C, H, W)."""
    return x.unflatten(0, (count, -1)).transpose(0, 1)


def grow_motion(motion: Tensor, size: torch.Size) -> Tensor:
    """Offsets of a coarser stride on the next finer grid: (B, 2, h, w) -> (B, 2, 2h, 2w), in the finer pixels."""
    planes = motion.contiguous()  # with two channels last an enlargement takes six times as long
    return 2 * F.interpolate(planes, size=size, mode="bilinear", align_corners=False)


def _start_as_identity(layer: nn.Conv2d) -> None:
    nn.init.normal_(layer.weight, std=0.01)
    centre = layer.kernel_size[0] // 2
    layer.weight.data[:, :, centre, centre] += torch.eye(layer.out_channels)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
