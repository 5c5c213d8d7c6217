"""Networks from their configurations, in one place."""

from __future__ import annotations

from torch import nn

from stfam.core.network import guidance
from stfam.core.network.config import MattingConfig, PropagationConfig
from stfam.core.network.context import ContextNetwork
from stfam.core.network.decoder import SHUFFLED_CHANNELS, Decoder, Refinement
from stfam.core.network.encoder import Encoder, build_encoder
from stfam.core.network.flow import PwcNet
from stfam.core.network.fusion import build_fusion
from stfam.core.network.layers import ConvBlock
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork


def build_matting(config: MattingConfig) -> MattingNetwork:
    """A matting network with random weights; its encoder is frozen."""
    encoder = _frozen(build_encoder(config.encoder))
    candidates = guidance.PRIOR_MATTES if config.context_width else 0
    detail = guidance.RGB + (guidance.CHANNELS if config.context_width else guidance.TRIMAP_CHANNELS)
    return MattingNetwork(
        config=config,
        encoder=encoder,
        context_network=_context(config, encoder.channels),
        reductions=_reductions(config, encoder.channels, detail),
        fusions=_fusions(config),
        decoder=Decoder(widths=config.widths, decoder_widths=config.decoder_widths),
        refinement=Refinement(inputs=SHUFFLED_CHANNELS + detail, hidden=config.refinement_width, candidates=candidates),
        flow_network=_frozen_flow() if config.fusion == "flow" else None,
    )


def build_propagation(config: PropagationConfig) -> PropagationNetwork:
    """A trimap propagation network with random weights; its encoder is frozen."""
    encoder = _frozen(build_encoder(config.encoder))
    return PropagationNetwork(config=config, encoder=encoder, channels=encoder.channels)


def _frozen(encoder: Encoder) -> Encoder:
    encoder.requires_grad_(False)
    encoder.eval()
    return encoder


def _frozen_flow() -> PwcNet:
    network = PwcNet()
    network.requires_grad_(False)
    return network


def _context(config: MattingConfig, channels: dict[int, int]) -> ContextNetwork | None:
    if not config.context_width:
        return None
    return ContextNetwork(
        encoder_channels=channels,
        hidden=config.context_hidden,
        width=config.context_width,
        stem=config.context_stem,
        trunk=config.context_trunk,
    )


def _reductions(config: MattingConfig, channels: dict[int, int], detail: int) -> nn.ModuleDict:
    reductions = {}
    for stride, width in config.widths.items():
        inputs = channels[stride] + (4 * detail if stride == 2 else detail)
        inputs += config.context_width if stride == config.coarsest else 0
        reductions[str(stride)] = ConvBlock(inputs, width, kernel=1)
    return nn.ModuleDict(reductions)


def _fusions(config: MattingConfig) -> nn.ModuleDict:
    fusions = {}
    for stride, width in config.widths.items():
        fusions[str(stride)] = build_fusion(
            config.fusion,
            channels=width,
            window=config.window,
            stride=stride,
            cascade=config.cascade,
            taps=config.alignment_taps[stride],
            hidden=config.alignment_hidden[stride],
        )
    return nn.ModuleDict(fusions)
