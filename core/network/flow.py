"""PWC-Net (Sun et al., CVPR 2018): optical flow by pyramid, warping and cost volume. Off the shelf for flow fusion.

Written from the paper: a six-level feature pyramid; from level 6 to 2, the second image's features are warped by the
grown flow, correlated with the first's over displacements up to 4, and a densely connected estimator reads cost volume,
features and flow; a dilated context network refines the last level. Flow is predicted in units of 20 pixels.

Two things are not the paper's and let it learn in thousands of steps instead of a million: features are centred and
of unit power when they are correlated ("What Matters in Unsupervised Optical Flow", Jonschkowski et al., ECCV 2020),
and each level starts by handing on the flow of the level above. The authors' weights are used without the first.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.optical_flow import dis_flow

PYRAMID = (16, 32, 64, 96, 128, 196)
ESTIMATOR = (128, 128, 96, 64, 32)
CONTEXT = ((128, 1), (128, 2), (128, 4), (96, 8), (64, 16), (32, 1))
RADIUS = 4
FLOW_UNIT = 20.0
FINEST = 2
MULTIPLE = 64
FROM_ABOVE = 4
"""Channels that a level reads of the level above: its flow, then two of its features."""
WEAK, EPSILON = 1e-6, 1e-12
"""Features far below a level's mean power are not blown up to unit power."""


class PwcNet(nn.Module):
    """Flow from one image to another; untrained, it finds no motion.

    Args:
        standardised: features are centred and of unit power when they are correlated.
    """

    def __init__(self, *, standardised: bool = True) -> None:
        super().__init__()
        self.standardised = standardised
        widths = (3, *PYRAMID)
        self.pyramid = nn.ModuleList(_pyramid_level(a, b) for a, b in zip(widths, PYRAMID))
        self.estimators = nn.ModuleDict()
        for level in range(len(PYRAMID), FINEST - 1, -1):
            extra = 0 if level == len(PYRAMID) else PYRAMID[level - 1] + FROM_ABOVE
            self.estimators[str(level)] = _Estimator((2 * RADIUS + 1) ** 2 + extra)
        inputs = (2 * RADIUS + 1) ** 2 + PYRAMID[FINEST - 1] + FROM_ABOVE + sum(ESTIMATOR)
        self.context = _context(inputs)
        self._start()

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Flow from `first` to `second`.

        Args:
            first: (B, 3, H, W) in [0, 1], any size.
            second: (B, 3, H, W).

        Returns:
            (B, 2, H / 4, W / 4) rounded up, dx and dy in full-resolution pixels.
        """
        size = first.shape[-2:]
        padding = (0, -size[1] % MULTIPLE, 0, -size[0] % MULTIPLE)
        flow = self.levels(*(F.pad(x, padding, mode="replicate") for x in (first, second)))[-1]
        return flow[..., : -(-size[0] // 4), : -(-size[1] // 4)]

    def levels(self, first: Tensor, second: Tensor, *, finest: int = FINEST) -> list[Tensor]:
        """Flows of level 6 to `finest`, from coarse to fine.

        Args:
            first: (B, 3, H, W) in [0, 1], H and W multiples of 64.
            second: (B, 3, H, W).
            finest: 2 to 6.

        Returns:
            (B, 2, H / 2^level, W / 2^level) each, float32, dx and dy in full-resolution pixels.
        """
        features_one, features_two = self._features(first), self._features(second)
        flow = grown = first.new_zeros(0)
        flows: list[Tensor] = []
        for level in range(len(PYRAMID), finest - 1, -1):
            one, two = features_one[level - 1], features_two[level - 1]
            known, sought = (self._correlated(x) for x in (one, two))
            estimator = cast(_Estimator, self.estimators[str(level)])
            if not flows:
                parts = [F.leaky_relu(correlate(known, sought), 0.1)]
            else:
                flow_up = estimator.grow_flow(flow).float()
                found = warp(sought, flow_up.detach() * (FLOW_UNIT / 2**level))
                costs = F.leaky_relu(correlate(known, found), 0.1)
                parts = [costs, one, flow_up, estimator.grow_features(grown)]
            flow, grown = estimator(torch.cat([part.float() for part in parts], 1))
            if level == FINEST:
                flow = flow + self.context(grown)
            flows.append(flow.float() * FLOW_UNIT)
        return flows

    def _features(self, image: Tensor) -> list[Tensor]:
        levels = []
        for level in self.pyramid:
            image = level(image)
            levels.append(image)
        return levels

    def _correlated(self, features: Tensor) -> Tensor:
        """What stands for a level's features (B, C, h, w) in its cost volume, float32."""
        features = features.float()
        if not self.standardised:
            return features
        features = features - features.mean((2, 3), keepdim=True)
        power = features.square().mean(1, keepdim=True)
        return features / (power + WEAK * power.mean((2, 3), keepdim=True) + EPSILON).sqrt()

    def _start(self) -> None:
        """Kaiming's start for the features; each level's flow is that of the level above, interpolated."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=0.1)
                nn.init.zeros_(cast(Tensor, module.bias))
        for estimator in self.estimators.values():
            cast(_Estimator, estimator).start()
        nn.init.zeros_(cast(nn.Conv2d, self.context[-1]).weight)


class DisFlow(nn.Module):
    """OpenCV's DIS flow in PwcNet's place; it has no weights and is computed on the CPU."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Images (B, 3, H, W) in [0, 1] -> flow (B, 2, H / 4, W / 4), dx and dy in pixels of the full resolution."""
        pairs = zip(_bytes(first), _bytes(second), strict=True)
        flows = torch.from_numpy(np.stack([dis_flow(one, two) for one, two in pairs])).permute(0, 3, 1, 2)
        size = (-(-first.shape[2] // 4), -(-first.shape[3] // 4))
        return F.interpolate(flows.contiguous(), size=size, mode="area").to(first.device, first.dtype)


def _bytes(images: Tensor) -> np.ndarray:
    """(B, 3, H, W) in [0, 1] -> (B, H, W, 3) uint8."""
    interleaved = images.detach().float().clamp(0, 1).mul(255).round().to("cpu", torch.uint8).permute(0, 2, 3, 1)
    return np.ascontiguousarray(interleaved.numpy())


class _Estimator(nn.Module):
    """Five densely connected convolutions, then the flow; the first level has no flow to grow."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        width = inputs
        for outputs in ESTIMATOR:
            self.layers.append(nn.Conv2d(width, outputs, 3, padding=1))
            width += outputs
        self.predict = nn.Conv2d(width, 2, 3, padding=1)
        first = inputs == (2 * RADIUS + 1) ** 2
        self.flow_up = None if first else nn.ConvTranspose2d(2, 2, 4, stride=2, padding=1)
        self.features_up = None if first else nn.ConvTranspose2d(self._coarser_width(inputs), 2, 4, stride=2, padding=1)

    @staticmethod
    def _coarser_width(inputs: int) -> int:
        own = inputs - (2 * RADIUS + 1) ** 2 - FROM_ABOVE
        level = PYRAMID.index(own) + 1
        above = 0 if level + 1 == len(PYRAMID) else PYRAMID[level] + FROM_ABOVE
        return (2 * RADIUS + 1) ** 2 + above + sum(ESTIMATOR)

    def start(self) -> None:
        """Hand the grown flow on, where there is one, and add nothing."""
        nn.init.zeros_(self.predict.weight)
        if self.flow_up is None:
            return
        assert self.flow_up.bias is not None
        nn.init.zeros_(self.flow_up.weight)
        nn.init.zeros_(self.flow_up.bias)
        bilinear = torch.tensor([0.25, 0.75, 0.75, 0.25])
        handed_on = self.predict.in_channels - FROM_ABOVE
        with torch.no_grad():
            for axis in (0, 1):
                self.flow_up.weight[axis, axis] = bilinear[:, None] * bilinear
                self.predict.weight[axis, handed_on + axis, 1, 1] = 1

    def grow_flow(self, flow: Tensor) -> Tensor:
        """The coarser level's flow on this level's grid."""
        assert self.flow_up is not None
        return self.flow_up(flow)

    def grow_features(self, features: Tensor) -> Tensor:
        """The coarser level's features on this level's grid, two channels."""
        assert self.features_up is not None
        return self.features_up(features)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, h, w) -> flow (B, 2, h, w) in units of 20 pixels, all features."""
        for layer in self.layers:
            x = torch.cat([F.leaky_relu(layer(x), 0.1), x], 1)
        return self.predict(x), x


def correlate(one: Tensor, two: Tensor) -> Tensor:
    """Cost volume: mean product over channels for displacements up to 4: (B, C, h, w) -> (B, 81, h, w)."""
    height, width = one.shape[-2:]
    padded = F.pad(two, (RADIUS,) * 4)
    span = range(2 * RADIUS + 1)
    shifted = (padded[..., y : y + height, x : x + width] for y in span for x in span)
    return torch.stack([(one * other).mean(1) for other in shifted], 1)


def warp(x: Tensor, flow: Tensor) -> Tensor:
    """Values of x (B, C, h, w) at positions moved by `flow` (B, 2, h, w), dx and dy in its pixels; zero outside."""
    height, width = x.shape[-2:]
    rows, columns = torch.meshgrid(
        torch.arange(height, device=x.device, dtype=x.dtype),
        torch.arange(width, device=x.device, dtype=x.dtype),
        indexing="ij",
    )
    across = (2 * (columns + flow[:, 0]) + 1) / width - 1
    down = (2 * (rows + flow[:, 1]) + 1) / height - 1
    return F.grid_sample(x, torch.stack([across, down], -1), align_corners=False)


def window_flows(network: nn.Module, images: Tensor, stride: int) -> Tensor:
    """Flows from a window's centre to each of its frames.

    Args:
        network: any flow network of PwcNet's interface.
        images: (B, T, 3, H, W).
        stride: grid of the answer.

    Returns:
        (B, T, 2, H / stride, W / stride), dy and dx in pixels of that grid.
    """
    batch, frames, _, height, width = images.shape
    centre = images[:, frames // 2, None].expand_as(images).flatten(0, 1)
    flow = network(centre, images.flatten(0, 1)).flip(1) / stride
    size = (max(1, height // stride), max(1, width // stride))
    return F.interpolate(flow, size=size, mode="area").unflatten(0, (batch, frames))


def _pyramid_level(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(3):
        stride = 2 if index == 0 else 1
        layers += [nn.Conv2d(inputs if index == 0 else outputs, outputs, 3, stride, 1), nn.LeakyReLU(0.1)]
    return nn.Sequential(*layers)


def _context(inputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for outputs, dilation in CONTEXT:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation), nn.LeakyReLU(0.1)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Conv2d(inputs, 2, 3, padding=1))
