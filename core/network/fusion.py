"""Temporal fusions by name: how the features of the window t-n .. t+n become those of frame t (supplement, 2.2)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from stfam.core.network.aggregation import TemporalFeatureFusion
from stfam.core.network.alignment import TemporalFeatureAlignment, grow_motion

REACH = 6.0
"""Largest offset that one stride predicts, in its own pixels."""


class TemporalFusion(nn.Module):
    """Interface: features of a window in, features of its centre out."""

    def forward(self, window: Tensor, motion: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Fuse.

        Args:
            window: (B, T, C, H, W), T = 2n+1, centre at n.
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

    def forward(self, window: Tensor, motion: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See TemporalFusion; all pairs are aligned in one call."""
        batch, frames = window.shape[:2]
        centre = window[:, frames // 2, None].expand_as(window).flatten(0, 1)
        grown = grow_motion(motion.flatten(0, 1), window.shape[-2:]) if motion is not None else None
        aligned, offset = self.alignment(centre, window.flatten(0, 1), grown)
        fused = self.fusion(aligned.unflatten(0, (batch, frames)))
        return fused, offset.unflatten(0, (batch, frames)) if self.cascade else None


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


FUSIONS: dict[str, Callable[[int, int, int, int, int, bool], TemporalFusion]] = {"st_fam": _st_fam}
