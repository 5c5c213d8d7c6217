"""The trimap propagation network: carries the trimaps of keyframes to the other frames of a shot.

The paper calls it "a lightweight interactive network" built on a cross-attention layer (supplement, figure 3); keys,
memory and decoder are ours. The memory holds the keyframes for good and a few recent frames; each kind is read with a
softmax of its own, so that the decoder can tell what the artist painted from what the network itself said a moment ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.box import View
from stfam.core.network.config import PropagationConfig
from stfam.core.network.encoder import Encoder
from stfam.core.network.label_attention import embed, positions
from stfam.core.network.layers import ConvBlock, ResidualBlock
from stfam.core.network.proxy import proxy_size

CLASSES = 3
CELL = 8
"""Proxy pixels across a position of the memory."""
QUERIES = 128
"""Positions that ask the memory at a time on a CPU."""
LABEL_GRID = 4
"""A memory position remembers its labels on a grid of this many cells a side."""


@dataclass(frozen=True)
class ProxyFeatures:
    """One frame at proxy size, encoded once."""

    levels: dict[int, Tensor]
    """Encoder features by stride: (B, C, h / stride, w / stride)."""
    key: Tensor
    """(B, K, h / 8, w / 8), unit length."""
    view: View | None = None
    """What the proxy shows of the frame; None for the whole."""


@dataclass(frozen=True)
class MemoryFrame:
    """What is remembered of one frame: flattened keys and values of its h x w stride-8 positions."""

    key: Tensor
    """(B, N, K)."""
    value: Tensor
    """(B, N, V)."""
    size: tuple[int, int]
    """(h, w)."""
    view: View | None = None
    """See `ProxyFeatures`."""


@dataclass(frozen=True)
class Recollection:
    """A frame, and what the keyframes say of it."""

    features: ProxyFeatures
    keyframes: Sequence[MemoryFrame]
    painted: Tensor
    """Read from them: (B, V + 1, h, w) of `MemoryReader`."""


class MemoryReader(nn.Module):
    """Cross-attention over one kind of memory, with a learned temperature and a learned penalty on distance."""

    def __init__(self, *, temperature: float, distance: float) -> None:
        super().__init__()
        self.log_temperature = nn.Parameter(torch.tensor(temperature).log())
        self.log_distance = nn.Parameter(torch.tensor(distance).log())

    def forward(self, query: Tensor, memory: Sequence[MemoryFrame], view: View | None = None) -> Tensor:
        """Query (B, K, h, w) over any number of frames -> (B, V + 1, h, w): value read, best similarity.

        On a CPU some positions ask at a time, so that what they compare stays in the cache. Distance rides in three
        channels of its own, without the asking position's square, which a softmax does not see (`self_attention`).
        """
        size, strength = (query.shape[2], query.shape[3]), self.log_distance.exp()
        here = _places(size, view, query)
        there = torch.cat([_places(frame.size, frame.view, query) for frame in memory])
        nearness = torch.cat([2 * strength * here, -strength.expand(len(here), 1)], 1)
        offered = torch.cat([there, there.square().sum(1, keepdim=True)], 1).T.expand(len(query), -1, -1)
        keys = torch.cat([frame.key for frame in memory], 1).transpose(1, 2)
        values = torch.cat([frame.value for frame in memory], 1)
        asked = query.flatten(2).transpose(1, 2) / self.log_temperature.exp()
        answers = []
        together = QUERIES if query.device.type == "cpu" else len(here)
        for some, place in zip(asked.split(together, 1), nearness.split(together)):
            similarity = some @ keys
            best = similarity.amax(-1, keepdim=True) * self.log_temperature.exp()
            into = None if torch.is_grad_enabled() else similarity  # a copy of it takes a tenth of the time
            near = (part.to(similarity.dtype) for part in (place.expand(len(query), -1, -1), offered))
            scores = torch.baddbmm(similarity, *near, out=into)
            answers.append(torch.cat([torch.softmax(scores, -1) @ values, best], -1))
        return torch.cat(answers, 1).transpose(1, 2).unflatten(2, size)


class PropagationNetwork(nn.Module):
    """Trimap logits of a target frame from a memory of frames. The encoder is frozen unless its stage trains it."""

    def __init__(self, *, config: PropagationConfig, encoder: Encoder, channels: dict[int, int]) -> None:
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.project = nn.Conv2d(channels[4] + channels[8] + channels[16], config.key_width, 1, bias=False)
        self.value = ConvBlock(CLASSES * LABEL_GRID**2, config.value_width - CLASSES, kernel=1)
        self.painted = MemoryReader(temperature=0.05, distance=4.0)
        self.recent = MemoryReader(temperature=0.05, distance=60.0)
        widths = config.decoder_widths
        self.join = ConvBlock(
            2 * (config.value_width + 1) + channels[8] + channels[16] + channels[32], widths[8], kernel=1
        )
        self.blocks = nn.Sequential(ResidualBlock(widths[8]), ResidualBlock(widths[8]))
        self.finer = nn.ModuleDict(
            {
                "4": ConvBlock(widths[8] + channels[4], widths[4]),
                "2": ConvBlock(widths[4] + channels[2] + 3, widths[2]),
            }
        )
        self.head = nn.Conv2d(widths[2], CLASSES, 3, padding=1)

    def encode(self, proxy: Tensor, view: View | None = None) -> ProxyFeatures:
        """(B, 3, h, w) display-encoded in [0, 1], h and w multiples of 32; `view` is what it shows of the frame."""
        levels = dict(self.encoder(proxy))
        levels[1] = proxy
        return ProxyFeatures(levels, F.normalize(self.project(embed(levels)), dim=1), view)

    def memorise(self, features: ProxyFeatures, trimap: Tensor) -> MemoryFrame:
        """Remember a frame: a keyframe, or one that was read.

        Args:
            features: of that frame.
            trimap: (B, 3, h, w) probabilities of background, unknown, foreground.
        """
        size = (features.key.shape[2], features.key.shape[3])
        mean = F.adaptive_avg_pool2d(trimap, size)
        grid = F.adaptive_avg_pool2d(trimap, (size[0] * LABEL_GRID, size[1] * LABEL_GRID))
        value = torch.cat([mean, self.value(F.pixel_unshuffle(grid, LABEL_GRID))], 1)
        key = features.key.flatten(2).transpose(1, 2)
        return MemoryFrame(key, value.flatten(2).transpose(1, 2), size, features.view)

    def recall(self, features: ProxyFeatures, keyframes: Sequence[MemoryFrame]) -> Recollection:
        """What the keyframes, at least one, say of a frame; it may be known before the frames just before it are."""
        return Recollection(features, keyframes, self.painted(features.key, keyframes, features.view))

    def read(self, recalled: Recollection, recent: Sequence[MemoryFrame]) -> Tensor:
        """Logits (B, 3, h, w) of a frame.

        Args:
            recalled: the frame.
            recent: frames just before it; without them the keyframes stand for them.
        """
        features = recalled.features
        size = features.key.shape[-2:]
        deep = [F.interpolate(features.levels[s], size=size, mode="bilinear", align_corners=False) for s in (16, 32)]
        reads = [recalled.painted, self.recent(features.key, recent or recalled.keyframes, features.view)]
        x = self.blocks(self.join(torch.cat([*reads, features.levels[8], *deep], 1)))
        x = self.finer["4"](torch.cat([_double(x, features.levels[4]), features.levels[4]], 1))
        image = F.avg_pool2d(features.levels[1], 2)
        x = self.finer["2"](torch.cat([_double(x, features.levels[2]), features.levels[2], image], 1))
        logits = self.head(x).contiguous()  # with three channels last an enlargement takes six times as long
        return F.interpolate(logits, size=features.levels[1].shape[-2:], mode="bilinear", align_corners=False)


def _double(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


def _places(size: tuple[int, int], view: View | None, like: Tensor) -> Tensor:
    """Where the positions of a frame lie, (N, 2), in units of the whole frame's longer side, as `positions` has it."""
    if view is None or view.is_whole:
        return positions(size, like)
    longer = max(view.frame_size)
    origin = CELL / 2 / max(proxy_size(view.frame_size))
    rows = _middles(size[0], view.box.top, view.box.height) / longer - origin
    columns = _middles(size[1], view.box.left, view.box.width) / longer - origin
    return torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2).to(like)


def _middles(cells: int, start: int, length: int) -> Tensor:
    """Pixels of the middles of one axis' cells."""
    return (torch.arange(cells, dtype=torch.float64) + 0.5) * (length / cells) + start
