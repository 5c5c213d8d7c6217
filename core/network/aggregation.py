"""TFF, temporal feature fusion (supplement, figure 2): channel and spatial attention over the aligned features."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.deform import is_plain

SPATIAL_KERNEL = 7
BLOCK = 16
"""Side of the blocks, in full-resolution pixels, whose means channel attention starts from; tiles begin on them."""
POOL_BLOCKS = 5
"""Blocks on a side of the window that is pooled about each position."""


class ChannelAttention(nn.Module):
    """Average pooling, FC, ReLU, FC, sigmoid (figure 2, left).

    The paper pools the whole frame. Here the pool is a window of 5 x 5 blocks of 16 pixels about each position, in
    training too, because a mean over the frame would differ from tile to tile (the idea of Chu et al., "test-time
    local converter", ECCV 2022).
    """

    def __init__(self, *, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // reduction, 1)
        self.excite = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, blocks: Tensor) -> Tensor:
        """Means of blocks (B, C, h, w) -> the weights of their channels, likewise."""
        pooled = blocks
        for side, margin in (((POOL_BLOCKS, 1), (POOL_BLOCKS // 2, 0)), ((1, POOL_BLOCKS), (0, POOL_BLOCKS // 2))):
            pooled = F.avg_pool2d(pooled, side, stride=1, padding=margin, count_include_pad=False)
        return torch.sigmoid(self.excite(F.relu(self.squeeze(pooled))))


class SpatialAttention(nn.Module):
    """Channel maximum and channel mean, convolution, sigmoid (figure 2, right)."""

    def __init__(self) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(2, 1, SPATIAL_KERNEL, padding=SPATIAL_KERNEL // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, H, W) -> the weight of each position (B, 1, H, W)."""
        summary = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], 1)
        return torch.sigmoid(self.convolve(summary))


class TemporalFeatureFusion(nn.Module):
    """Both attentions over (2n+1) x C channels, then the fusing convolution."""

    def __init__(self, *, channels: int, frames: int, stride: int) -> None:
        super().__init__()
        self.block = max(1, BLOCK // stride)
        self.channel_attention = ChannelAttention(channels=channels * frames)
        self.spatial_attention = SpatialAttention()
        self.fuse = nn.Conv2d(channels * frames, channels, 1)

    def forward(self, aligned: Tensor) -> Tensor:
        """(B, T, C, H, W) -> (B, C, H, W); H and W multiples of the block."""
        blocks = F.avg_pool2d(aligned.flatten(0, 1), self.block).unflatten(0, aligned.shape[:2])
        # side by side, channels last: flatten would leave that layout, in which pooling takes a tenth of the time
        weights = self.channel_attention(torch.cat(blocks.unbind(1), 1))
        if is_plain(aligned) and is_plain(weights) and not torch.is_grad_enabled():
            from stfam.core.network.aggregation_cpu import fused

            return fused(aligned, weights, self.fuse, self.spatial_attention.convolve)
        x = torch.cat(aligned.unbind(1), 1)  # flatten would leave the layout with channels last
        x = x * F.interpolate(weights, size=x.shape[-2:], mode="bilinear", align_corners=False)
        # a weight for a position is the same before and after a 1x1 convolution, which leaves a fifth of the channels
        assert self.fuse.bias is not None
        return F.conv2d(x, self.fuse.weight) * self.spatial_attention(x) + self.fuse.bias[:, None, None]
