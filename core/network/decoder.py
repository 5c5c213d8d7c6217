"""The decoder: fused features from coarse to fine, then a refinement at full resolution on the plate itself."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.box import Box, crop
from stfam.core.network.guidance import RGB, TRIMAP_CHANNELS
from stfam.core.network.layers import ConvBlock, ResidualBlock

SHUFFLED_CHANNELS = 12
RIM = 16
"""Pixels about a tile's core that the last join is computed on. It and the refinement look 9 pixels far: two 3x3
convolutions and the growing from twice the stride before them at stride 2, three 3x3 convolutions after.
"""


class Decoder(nn.Module):
    """U-shaped: each finer stride joins the grown coarser one; PixelShuffle brings stride 2 to full resolution."""

    def __init__(self, *, widths: dict[int, int], decoder_widths: dict[int, int]) -> None:
        super().__init__()
        self.strides = sorted(widths, reverse=True)
        coarsest = self.strides[0]
        joins: dict[str, nn.Module] = {}
        for coarse, fine in zip(self.strides, self.strides[1:]):
            joins[str(fine)] = nn.Sequential(
                ConvBlock(decoder_widths[coarse] + widths[fine], decoder_widths[fine]),
                ConvBlock(decoder_widths[fine], decoder_widths[fine]),
            )
        width = decoder_widths[coarsest]
        self.entry = nn.Sequential(
            ConvBlock(widths[coarsest], width),
            ResidualBlock(width),
            ResidualBlock(width, gain=0.1),
            ResidualBlock(width, gain=0.1),
        )
        self.joins = nn.ModuleDict(joins)
        self.expand = nn.Conv2d(decoder_widths[self.strides[-1]], 4 * SHUFFLED_CHANNELS, 1)

    def forward(self, fused: dict[int, Tensor], part: Box) -> Tensor:
        """Decode.

        Args:
            fused: features by stride.
            part: of the tile, in its pixels, sides multiples of twice the finest stride; wanted at full resolution.

        Returns:
            (B, C, part.height / stride, part.width / stride) at the finest stride, for `grow`.
        """
        x = self.entry(fused[self.strides[0]])
        for coarse, stride in zip(self.strides, self.strides[1:]):
            finer = fused[stride]
            if stride == self.strides[-1]:
                x, finer = crop(x, part, coarse), crop(finer, part, stride)
            grown = F.interpolate(x, size=finer.shape[-2:], mode="bilinear", align_corners=False)
            x = self.joins[str(stride)](torch.cat([grown, finer], 1))
        return x

    def grow(self, x: Tensor) -> Tensor:
        """What was decoded (B, C, H / 2, W / 2) at full resolution: (B, SHUFFLED_CHANNELS, H, W)."""
        return F.pixel_shuffle(self.expand(x), 2)


class Refinement(nn.Module):
    """Alpha at full resolution, as a mixture of candidate mattes plus a correction.

    The last layer's start is the first candidate itself: an untrained network answers with the solved matte.
    """

    def __init__(self, *, inputs: int, hidden: int, candidates: int) -> None:
        super().__init__()
        self.candidates = candidates
        first = RGB + TRIMAP_CHANNELS
        self.mattes = slice(first, first + candidates)
        """Which channels of a tile's detail are the candidates."""
        self.body = nn.Sequential(
            nn.Conv2d(inputs, hidden, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, hidden, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Conv2d(hidden, candidates + 1, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        start = torch.zeros(candidates + 1)
        if candidates:
            start[0] = 3.0
        self.head.bias = nn.Parameter(start)

    def forward(self, x: Tensor, mattes: Tensor) -> Tensor:
        """Features (B, C, H, W) and candidates (B, K, H, W) -> unclamped alpha (B, 1, H, W)."""
        out = self.head(self.body(x))
        correction = out[:, self.candidates :]
        if not self.candidates:
            return correction + 0.5
        weights = torch.softmax(out[:, : self.candidates], 1)
        return correction + (weights * mattes).sum(1, keepdim=True)
