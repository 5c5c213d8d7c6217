"""The matting network: alpha of frame t from the window t-n .. t+n (supplement, section 1).

Per frame, once: encode the tile, reduce each stride (1x1 convolutions). Per output: ST-FAM at every stride over the
window, then the decoder. The whole frame at proxy size gives each tile its context and the classical mattes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network import guidance
from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import Box, crop, resample
from stfam.core.network.config import MattingConfig
from stfam.core.network.context import Context, ContextNetwork
from stfam.core.network.decoder import RIM, Decoder, Refinement
from stfam.core.network.deform import is_plain
from stfam.core.network.encoder import Encoder
from stfam.core.network.flow import DisFlow, PwcNet, window_flows
from stfam.core.network.fused_convolution import space_to_depth_block


@dataclass(frozen=True)
class FrameFeatures:
    """What one frame gives to every window that it is part of, for one tile of (H, W) pixels."""

    levels: dict[int, Tensor]
    """By stride: (B, C, H / stride, W / stride), reduced for the temporal fusion."""
    detail: Tensor
    """(B, 3 + G, H, W): the plate and its guidance channels, read when the frame is the centre; see `as_neighbour`."""


class MattingNetwork(nn.Module):
    """Alpha from a window of frames. Built by `network.builders`; the encoder is frozen and reads RGB alone."""

    def __init__(
        self,
        *,
        config: MattingConfig,
        encoder: Encoder,
        context_network: ContextNetwork | None,
        reductions: nn.ModuleDict,
        fusions: nn.ModuleDict,
        decoder: Decoder,
        refinement: Refinement,
        flow_network: PwcNet | DisFlow | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.context_network = context_network
        self.reductions = reductions
        self.fusions = fusions
        self.decoder = decoder
        self.refinement = refinement
        self.flow_network = flow_network

    @property
    def halo(self) -> int:
        """Pixels of surroundings that a tile needs on each side, a multiple of 16."""
        return self.config.halo

    def context(self, proxy: Tensor, proxy_trimap: Tensor, backdrop: Backdrop | None = None) -> Context | None:
        """Encode a whole frame at proxy size.

        Args:
            proxy: (B, 3, h, w) display-encoded in [0, 1], h and w multiples of 32.
            proxy_trimap: (B, 1, h, w) uint8.
            backdrop: of the same frame and size, as far as it is known.

        Returns:
            The frame's context; None for a configuration without a context path.
        """
        if self.context_network is None:
            return None
        features = self.encoder(proxy)
        frame = guidance.frame_guidance(proxy, proxy_trimap, features, backdrop)
        channels = guidance.whole_guidance(proxy, proxy_trimap, frame)
        return Context(frame, self.context_network(proxy, features, channels))

    def encode(
        self, image: Tensor, trimap: Tensor, context: Context | None, box: Box, frame_size: tuple[int, int]
    ) -> FrameFeatures:
        """Features of one tile of one frame.

        Args:
            image: (B, 3, H, W) display-encoded in [0, 1]; H and W multiples of 16.
            trimap: (B, 1, H, W) uint8 in {0, 128, 255}.
            context: of the whole frame.
            box: where the tile lies in the frame.
            frame_size: (H, W) of the whole frame.
        """
        if context is None:
            channels = guidance.one_hot(trimap)
        else:
            channels = guidance.tile_guidance(image, trimap, context.guidance, box, frame_size)
        detail = torch.cat([part.contiguous(memory_format=torch.channels_last) for part in (image, channels)], 1)
        features = self.encoder(image, deepest=self.config.coarsest)
        levels, pooled, reached = {}, detail, 1
        for stride in self.config.strides:
            reduction = self.reductions[str(stride)]
            assert isinstance(reduction, nn.Sequential)
            if stride == 2:
                levels[stride] = space_to_depth_block(reduction, features[stride], detail)
                continue
            pooled, reached = F.avg_pool2d(pooled, stride // reached), stride
            parts = [features[stride], pooled]
            if context is not None and stride == self.config.coarsest:
                parts.append(resample(context.embedding, box, frame_size, stride))
            levels[stride] = reduction(torch.cat(parts, 1))
        return FrameFeatures(levels, detail)

    def as_neighbour(self, features: FrameFeatures) -> FrameFeatures:
        """What other frames' windows read of a frame, with `lite` a third of it; it cannot be a centre again."""
        read = 0 if self.flow_network is None else 3
        return replace(features, detail=features.detail[:, :read].clone())

    def decode(self, window: Sequence[FrameFeatures], core: Box | None = None) -> Tensor:
        """Alpha of the window's centre.

        Args:
            window: 2n+1 frames' features of the same tile, in order; the same object may stand for clamped ones.
            core: the part of the tile that is wanted, in its pixels, sides multiples of 16; the whole without it.

        Returns:
            (B, 1, H, W) of the core, in [0, 1]; in training, values beyond are pressed towards it but keep a gradient.
        """
        detail = window[len(window) // 2].detail
        tile = Box(0, 0, *detail.shape[2:])
        part = tile if core is None else core.grown(RIM, tile)
        core = tile if core is None else core
        alpha = self._refined(self.decoder(self.fuse(window), part), detail, part, core)
        clamped = alpha.clamp(0, 1)
        return torch.lerp(clamped, alpha, 0.05) if self.training else clamped

    def _refined(self, decoded: Tensor, detail: Tensor, part: Box, core: Box) -> Tensor:
        """Unclamped alpha of a tile's core, of which a larger part is decoded."""
        if is_plain(decoded) and not torch.is_grad_enabled():
            from stfam.core.network.decoder_cpu import refined

            return refined(decoded, detail, part, core, self.decoder, self.refinement)
        grown, detail = self.decoder.grow(decoded), crop(detail, part)
        # In use, what makes the alpha is computed in float32, whatever the rest runs in.
        with nullcontext() if self.training else torch.autocast(detail.device.type, enabled=False):
            features = torch.cat([grown if self.training else grown.float(), detail], 1)
            alpha = self.refinement(features, detail[:, self.refinement.mattes])
        return crop(alpha, core.seen_from(part))

    def fuse(self, window: Sequence[FrameFeatures]) -> dict[int, Tensor]:
        """Features of the window's centre by stride, (B, C, H / stride, W / stride), its neighbours' taken in."""
        fused: dict[int, Tensor] = {}
        offsets = self._flows(window)
        for stride in sorted(self.config.strides, reverse=True):
            levels = [frame.levels[stride] for frame in window]
            fused[stride], offsets = self.fusions[str(stride)](levels, offsets)
        return fused

    def _flows(self, window: Sequence[FrameFeatures]) -> Tensor | None:
        """Flows from the centre to every frame, where the fusion wants them, on the grid above the coarsest."""
        if self.flow_network is None:
            return None
        images = torch.stack([frame.detail[:, :3] for frame in window], 1)
        return window_flows(self.flow_network, images, 2 * self.config.coarsest)
