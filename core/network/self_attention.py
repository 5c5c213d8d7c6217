"""Self-attention over a small frame: every position asks all others, and what looks alike answers, near before far."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.label_attention import positions

HEAD_WIDTH = 24
QUERY_WIDTH = 32
"""A head's queries, three channels of distance among them, filled up with zeros: 27 channels take a fifth longer."""
FIRST_PENALTIES = (0.0, 2.0, 8.0, 32.0)
"""Penalty on squared distance that the heads start with, in units of the longer side; they repeat beyond the fourth."""


class AttentionBlock(nn.Module):
    """Pre-normalised multi-head attention, then a two-layer perceptron, each added to its input.

    A penalty on squared distance, one learned number a head, is all that is said about position, so that a block
    trained on small frames reads larger ones. The last layers start at zero: an untrained block changes nothing.
    """

    def __init__(self, channels: int, *, expansion: int = 2) -> None:
        super().__init__()
        self.heads = channels // HEAD_WIDTH
        self.norm = nn.LayerNorm(channels)
        self.project_in = nn.Linear(channels, 3 * channels)
        self.project_out = nn.Linear(channels, channels)
        penalties = torch.tensor([FIRST_PENALTIES[head % len(FIRST_PENALTIES)] for head in range(self.heads)])
        self.nearness = nn.Parameter((penalties + 0.5).sqrt())
        self.perceptron = nn.Sequential(
            nn.LayerNorm(channels),
            nn.Linear(channels, expansion * channels),
            nn.GELU(),
            nn.Linear(expansion * channels, channels),
        )
        for last in (self.project_out, self.perceptron[-1]):
            assert isinstance(last, nn.Linear)
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C, h, w)."""
        tokens = x.flatten(2).transpose(1, 2)
        tokens = tokens + self.project_out(self._attend(self.norm(tokens), (x.shape[2], x.shape[3])))
        tokens = tokens + self.perceptron(tokens)
        return tokens.transpose(1, 2).unflatten(2, x.shape[2:])

    def _attend(self, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """(B, N, C) -> (B, N, C). The distance penalty rides in three more channels of queries and keys:

        -s |p - q|^2 = 2 s p.q - s |q|^2 - s |p|^2, of which the softmax over q does not see the last.
        """
        query, key, value = (
            part.unflatten(2, (self.heads, HEAD_WIDTH)).transpose(1, 2) for part in self.project_in(tokens).chunk(3, 2)
        )
        place = positions(size, query)
        strength = self.nearness.square().to(query.dtype)[:, None, None]
        shape = (query.shape[0], -1, -1, -1)
        asked = torch.cat([2 * strength * place, -strength.expand(-1, len(place), 1)], 2).expand(shape)
        offered = torch.cat([place, place.square().sum(1, keepdim=True)], 1).expand(self.heads, -1, -1).expand(shape)
        query = _filled(torch.cat([query * HEAD_WIDTH**-0.5, asked], 3))
        key = _filled(torch.cat([key, offered.to(key.dtype)], 3))
        # values as wide as queries: only then is the matrix of all positions by all never held as a whole
        value = _filled(value)
        answered = F.scaled_dot_product_attention(query, key, value, scale=1.0)[..., :HEAD_WIDTH]
        return answered.transpose(1, 2).flatten(2)


def _filled(x: Tensor) -> Tensor:
    """Zeros beyond the last channel, up to QUERY_WIDTH."""
    return F.pad(x, (0, QUERY_WIDTH - x.shape[3]))
