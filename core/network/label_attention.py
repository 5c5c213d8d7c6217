"""Known regions vouch for unknown ones that look alike: attention over a frame's own known pixels.

The paper's cross-attention layer (supplement, figure 3) put to work on labels: queries are every position, keys are the
known positions of the same frame, values are their labels. The features are the frozen encoder's, so that nothing is
trained, and a texture that continues across the unknown band carries its label with it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

TEMPERATURE = 0.05
DISTANCE_PENALTY = 8.0
QUERIES = 512
"""That ask at a time."""


def attend_labels(features: dict[int, Tensor], trimap: Tensor) -> Tensor:
    """Alpha as the known positions vote it, at stride 8.

    Args:
        features: encoder features by stride; 4, 8 and 16 are read, each (B, C, h / stride, w / stride).
        trimap: (B, 1, h, w) uint8 in {0, 128, 255}, the size that the features were encoded from.

    Returns:
        (B, 1, h / 8, w / 8) in [0, 1]; 0.5 where nothing is known.
    """
    embedding = embed(features)
    size = (embedding.shape[2], embedding.shape[3])
    known = F.adaptive_avg_pool2d((trimap != 128).to(embedding.dtype), size)
    label = F.adaptive_avg_pool2d((trimap == 255).to(embedding.dtype), size) / known.clamp_min(1e-6)
    votes = _vote(embedding.flatten(2).transpose(1, 2), known.flatten(1), label.flatten(1), positions(size, embedding))
    anything = (known.flatten(1).amax(1) > 0).to(votes.dtype).reshape(-1, 1, 1, 1)
    return torch.lerp(torch.full_like(known, 0.5), votes.transpose(1, 2).reshape(known.shape), anything)


def _vote(tokens: Tensor, known: Tensor, label: Tensor, place: Tensor) -> Tensor:
    """Softmax over all positions of t_p . t_q / T - D |p - q|^2 + log known_q, times their labels: (B, N, 1).

    Distance and knowledge ride in three more channels of queries and keys, without D |p|^2 which the softmax does not
    see. Some queries ask at a time: the matrix of all positions by all is never held as a whole, and one column of
    labels is answered in half of the time that fused attention takes for values as wide as the keys.
    """
    shape = (len(tokens), -1, -1)
    bias = known.clamp_min(1e-8).log() - DISTANCE_PENALTY * place.square().sum(1)
    nearness = (2 * DISTANCE_PENALTY * place).expand(shape)
    query = torch.cat([tokens / TEMPERATURE, nearness, torch.ones_like(tokens[..., :1])], 2)
    key = torch.cat([tokens, place.expand(shape), bias[..., None]], 2).transpose(1, 2)
    votes = [torch.softmax(asked @ key, 2) @ label[..., None] for asked in query.split(QUERIES, 1)]
    return torch.cat(votes, 1)


def embed(features: dict[int, Tensor]) -> Tensor:
    """(B, C, h / 8, w / 8): strides 4, 8 and 16, each centred and of unit length, brought to stride 8."""
    size = features[8].shape[-2:]
    parts = []
    for stride in (4, 8, 16):
        level = features[stride].float()
        if stride < 8:
            level = F.avg_pool2d(level, 8 // stride)
        level = F.interpolate(level, size=size, mode="bilinear", align_corners=False)
        parts.append(F.normalize(level - level.mean((2, 3), keepdim=True), dim=1))
    return torch.cat(parts, 1) / len(parts) ** 0.5


def positions(size: tuple[int, int], like: Tensor) -> Tensor:
    """(h * w, 2): row and column of every position, in units of the longer side."""
    rows = torch.arange(size[0], device=like.device, dtype=like.dtype)
    columns = torch.arange(size[1], device=like.device, dtype=like.dtype)
    grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
    return grid / max(size)
