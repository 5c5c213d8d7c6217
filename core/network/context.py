"""The context path: what the whole frame, seen small, tells a tile about where it is and what belongs together."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.guidance import CHANNELS, RGB, FrameGuidance
from stfam.core.network.layers import ConvBlock, ResidualBlock
from stfam.core.network.self_attention import AttentionBlock


@dataclass(frozen=True)
class Context:
    """One whole frame at proxy size, encoded once and read by all its tiles."""

    guidance: FrameGuidance
    embedding: Tensor
    """(B, C, h / 8, w / 8)."""


class ContextNetwork(nn.Module):
    """Encoder features at strides 8, 16 and 32 and the guidance, joined at stride 16, refined at stride 8.

    Attention lets the unknown ask the known regions that look like it, as `label_attention` does with no training.
    A trunk of its own reads the plate and the guidance undiminished (the frozen encoder never saw a trimap), and adds
    what it finds.
    """

    def __init__(self, *, encoder_channels: dict[int, int], hidden: int, width: int, stem: int, trunk: int) -> None:
        super().__init__()
        self.reduce = ConvBlock(encoder_channels[16] + encoder_channels[32] + CHANNELS, hidden, kernel=1)
        self.blocks = nn.Sequential(
            ResidualBlock(hidden), ResidualBlock(hidden), AttentionBlock(hidden), ResidualBlock(hidden)
        )
        self.join = ConvBlock(hidden + encoder_channels[8] + CHANNELS, width)
        self.refine = nn.Sequential(ResidualBlock(width), AttentionBlock(width), AttentionBlock(width))
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(4), ConvBlock(16 * (RGB + CHANNELS), stem), ResidualBlock(stem), nn.PixelUnshuffle(2)
        )
        self.meet = ConvBlock(4 * stem + encoder_channels[8] + width, trunk)
        self.trunk = nn.Sequential(
            ResidualBlock(trunk),
            AttentionBlock(trunk),
            ResidualBlock(trunk),
            AttentionBlock(trunk),
            ResidualBlock(trunk),
            AttentionBlock(trunk),
        )
        self.add = nn.Conv2d(trunk, width, 1)
        for parameter in self.add.parameters():
            nn.init.zeros_(parameter)

    def forward(self, image: Tensor, features: dict[int, Tensor], guidance: Tensor) -> Tensor:
        """Image (B, 3, h, w), its features by stride and guidance (B, CHANNELS, h, w) -> (B, width, h / 8, w / 8)."""
        deep = _grow(features[32], features[16])
        pooled = F.adaptive_avg_pool2d(guidance, _size(features[16]))
        deep = self.blocks(self.reduce(torch.cat([features[16], deep, pooled], 1)))
        pooled = F.adaptive_avg_pool2d(guidance, _size(features[8]))
        joined = self.join(torch.cat([_grow(deep, features[8]), features[8], pooled], 1))
        refined = self.refine(joined)
        own = self.stem(torch.cat([image, guidance], 1))
        met = self.meet(torch.cat([own, features[8], refined], 1))
        return refined + self.add(self.trunk(met))


def _size(x: Tensor) -> tuple[int, int]:
    return x.shape[2], x.shape[3]


def _grow(coarse: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(coarse, size=like.shape[-2:], mode="bilinear", align_corners=False)
