"""Temporal fusions by name: how the features of the window t-n .. t+n become those of frame t (supplement, 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.aggregation import BLOCK, TemporalFeatureFusion
from stfam.core.network.alignment import TemporalFeatureAlignment, grow_motion

REACH = 6.0
"""Largest offset that one stride predicts, in its own pixels."""


class TemporalFusion(nn.Module):
    """Interface: features of a window in, features of its centre out."""

    def forward(self, window: Sequence[Tensor], motion: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Fuse.

        Args:
            window: T times (B, C, H, W), T = 2n+1, centre at n.
            motion: (B, T, 2, h, w), offsets of the next coarser stride where there are any.

        Returns:
            (B, C, H, W), and this stride's offsets (B, T, 2, H, W) for the next finer one, or None.
        """
        raise NotImplementedError


class StFam(TemporalFusion):
    """ST-FAM: TFA on every pair (F_t, F_t+i), i in [-n, n], then TFF."""

    def __init__(self, *, alignment: TemporalFeatureAlignment, fusion: TemporalFeatureFusion, cascade: bool) -> None:
        super().__init__()
        self.alignment = alignment
        self.fusion = fusion
        self.cascade = cascade

    def forward(self, window: Sequence[Tensor], motion: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See TemporalFusion."""
        centre = window[len(window) // 2]
        grown = None if motion is None else _grown(motion, centre)
        aligned, offset = self.alignment(centre, window, grown)
        return self.fusion(aligned), offset if self.cascade else None


class NaiveFusion(TemporalFusion):
    """Concatenation of the window's features, two 3x3 convolutions."""

    def __init__(self, *, channels: int, frames: int) -> None:
        super().__init__()
        self.body = _two_convolutions(channels * frames, channels)

    def forward(self, window: Sequence[Tensor], motion: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See TemporalFusion; hands no offsets down."""
        return self.body(torch.cat(list(window), 1)), None


class CrossAttentionFusion(TemporalFusion):
    """Each F_t+i enhances F_t by a cross-attention layer (supplement, figure 3); the results are concatenated.

    Attention is quadratic in the number of positions: queries keep the stride's grid, keys and values are pooled to
    stride 16 where the stride is finer, without which a frame of ordinary size does not fit in memory.
    """

    def __init__(self, *, channels: int, frames: int, stride: int) -> None:
        super().__init__()
        self.pool = max(1, BLOCK // stride)
        self.query = nn.Conv2d(channels, channels, 1)
        self.key = nn.Conv2d(channels, channels, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.fuse = nn.Conv2d(channels * frames, channels, 1)

    def forward(self, window: Sequence[Tensor], motion: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See TemporalFusion; hands no offsets down."""
        centre = window[len(window) // 2]
        query = self.query(centre).flatten(2).transpose(1, 2)
        enhanced = [centre + self._attend(query, neighbour, centre.shape) for neighbour in window]
        return self.fuse(torch.cat(enhanced, 1)), None

    def _attend(self, query: Tensor, neighbour: Tensor, shape: torch.Size) -> Tensor:
        pooled = F.avg_pool2d(neighbour, self.pool)
        key, value = (layer(pooled).flatten(2).transpose(1, 2) for layer in (self.key, self.value))
        return F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(shape)


class FlowFusion(TemporalFusion):
    """Optical flows from t to every frame of the window, concatenated with F_t, two 3x3 convolutions."""

    def __init__(self, *, channels: int, frames: int) -> None:
        super().__init__()
        self.body = _two_convolutions(channels + 2 * frames, channels)

    def forward(self, window: Sequence[Tensor], motion: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See TemporalFusion; `motion` holds the flows and is handed down as it is.

        Raises:
            ValueError: without flows.
        """
        if motion is None:
            raise ValueError("Flow fusion needs the flows of the window.")
        centre = window[len(window) // 2]
        grown = _grown(motion, centre)
        return self.body(torch.cat([centre, grown.flatten(1, 2).to(centre.dtype)], 1)), grown


def build_fusion(
    name: str, *, channels: int, window: int, stride: int, taps: int, hidden: int, cascade: bool
) -> TemporalFusion:
    """A temporal fusion for one stride.

    Args:
        name: one of FUSIONS.
        channels: C of the reduced features.
        window: n.
        stride: output stride that it works at.
        taps: kernel size of the deformable convolution.
        hidden: channels between the two convolutions that compare a pair.
        cascade: hand offsets down to the next finer stride.

    Raises:
        ValueError: an unknown name.
    """
    if name not in FUSIONS:
        raise ValueError(f"Unknown temporal fusion '{name}'; there are {', '.join(FUSIONS)}.")
    return FUSIONS[name](channels, 2 * window + 1, stride, taps, hidden, cascade)


def inflate(tensors: dict[str, Tensor], target: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a network of window n for one of a larger window, which starts out looking at its centre alone.

    Channels of the smaller window become the middle ones of the larger; the neighbours' start at zero.

    Args:
        tensors: state of the smaller network.
        target: state of the larger one, for its shapes.
    """
    return {name: _centred(tensors[name], like) for name, like in target.items()}


def _grown(motion: Tensor, like: Tensor) -> Tensor:
    """Offsets of a window (B, T, 2, h, w) on the finer grid of a picture."""
    return grow_motion(motion.flatten(0, 1), like.shape[-2:]).unflatten(0, motion.shape[:2])


def _centred(small: Tensor, like: Tensor) -> Tensor:
    if small.shape == like.shape:
        return small
    starts = [(big - little) // 2 for big, little in zip(like.shape, small.shape, strict=True)]
    out = torch.zeros_like(like)
    out[tuple(slice(start, start + little) for start, little in zip(starts, small.shape, strict=True))] = small
    return out


def _st_fam(channels: int, frames: int, stride: int, taps: int, hidden: int, cascade: bool) -> TemporalFusion:
    return StFam(
        alignment=TemporalFeatureAlignment(channels=channels, hidden=hidden, taps=taps, reach=REACH),
        fusion=TemporalFeatureFusion(channels=channels, frames=frames, stride=stride),
        cascade=cascade,
    )


def _two_convolutions(inputs: int, channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(channels, channels, 3, padding=1)
    )


FUSIONS: dict[str, Callable[[int, int, int, int, int, bool], TemporalFusion]] = {
    "st_fam": _st_fam,
    "naive": lambda channels, frames, *_: NaiveFusion(channels=channels, frames=frames),
    "cross_attention": lambda channels, frames, stride, *_: CrossAttentionFusion(
        channels=channels, frames=frames, stride=stride
    ),
    "flow": lambda channels, frames, *_: FlowFusion(channels=channels, frames=frames),
}
