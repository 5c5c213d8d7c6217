"""The configurations of the two networks, one frozen dataclass each."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class MattingConfig:
    """Shape of a matting network; `paper` and `lite` are the two that are built by name."""

    name: str
    encoder: str
    window: int
    """n: neighbours on each side; the network reads 2n+1 frames."""
    fusion: str
    """Temporal fusion by name: st_fam, naive, cross_attention or flow."""
    widths: dict[int, int]
    """Channels after the 1x1 reduction, by stride (c in the paper)."""
    decoder_widths: dict[int, int]
    refinement_width: int
    context_hidden: int
    context_width: int
    """Channels of the context path; 0 leaves it and the classical mattes out."""
    context_stem: int
    context_trunk: int
    """Channels of the context path's own trunk at strides 4 and 8."""
    alignment_taps: dict[int, int]
    """Kernel size of the deformable convolution by stride."""
    alignment_hidden: dict[int, int]
    """Channels between the two convolutions that predict offsets and mask, by stride."""
    halo: int
    """Pixels of surroundings that a tile needs on each side."""
    cascade: bool = False
    """Offsets of the coarser stride start the finer one's (EDVR)."""

    @property
    def strides(self) -> tuple[int, ...]:
        """Output strides that are fused over time, finest first."""
        return tuple(sorted(self.widths))

    @property
    def coarsest(self) -> int:
        """The deepest stride of the detail path."""
        return max(self.widths)


@dataclass(frozen=True)
class PropagationConfig:
    """Shape of a trimap propagation network."""

    name: str
    encoder: str
    key_width: int
    value_width: int
    decoder_widths: dict[int, int] = field(default_factory=dict)


MATTING: dict[str, MattingConfig] = {
    "lite": MattingConfig(
        name="lite",
        encoder="efficientnet_lite0",
        window=2,
        fusion="st_fam",
        widths={2: 16, 4: 24, 8: 40},
        decoder_widths={2: 24, 4: 32, 8: 48},
        refinement_width=16,
        context_hidden=96,
        context_width=48,
        context_stem=48,
        context_trunk=96,
        alignment_taps={2: 1, 4: 3, 8: 3},
        alignment_hidden={2: 8, 4: 16, 8: 32},
        halo=96,
        cascade=True,
    ),
    "paper": MattingConfig(
        name="paper",
        encoder="resnet34",
        window=2,
        fusion="st_fam",
        widths={2: 64, 4: 64, 8: 64, 16: 64, 32: 64},
        decoder_widths={2: 64, 4: 64, 8: 128, 16: 256, 32: 256},
        refinement_width=32,
        context_hidden=0,
        context_width=0,
        context_stem=0,
        context_trunk=0,
        alignment_taps={2: 3, 4: 3, 8: 3, 16: 3, 32: 3},
        alignment_hidden={2: 64, 4: 64, 8: 64, 16: 64, 32: 64},
        halo=448,
    ),
}

PROPAGATION: dict[str, PropagationConfig] = {
    "lite": PropagationConfig(
        name="lite", encoder="efficientnet_lite0", key_width=64, value_width=48, decoder_widths={2: 24, 4: 32, 8: 96}
    ),
    "paper": PropagationConfig(
        name="paper", encoder="resnet34", key_width=64, value_width=64, decoder_widths={2: 32, 4: 64, 8: 128}
    ),
}
