"""PWC-Net (Sun et al., CVPR 2018): optical flow by pyramid, warping and cost volume. Off the shelf for flow fusion.

Written from the paper: a six-level feature pyramid; from level 6 to 2, the second image's features are warped by the
grown flow, correlated with the first's over displacements up to 4, and a densely connected estimator reads cost volume,
features and flow; a dilated context network refines the last level. Flow is predicted in units of 20 pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from stfam.core.errors import WeightsError
from stfam.core.optical_flow import dis_flow

PYRAMID = (16, 32, 64, 96, 128, 196)
ESTIMATOR = (128, 128, 96, 64, 32)
CONTEXT = ((128, 1), (128, 2), (128, 4), (96, 8), (64, 16), (32, 1))
RADIUS = 4
FIRST_KERNEL = "pyramid.0.0.weight"
FLOW_UNIT = 20.0
FINEST = 2
MULTIPLE = 64


class PwcNet(nn.Module):
    """Flow from one image to another."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, *PYRAMID)
        self.pyramid = nn.ModuleList(_pyramid_level(a, b) for a, b in zip(widths, PYRAMID))
        self.estimators = nn.ModuleDict()
        for level in range(len(PYRAMID), FINEST - 1, -1):
            extra = 0 if level == len(PYRAMID) else PYRAMID[level - 1] + 4
            self.estimators[str(level)] = _Estimator((2 * RADIUS + 1) ** 2 + extra)
        inputs = (2 * RADIUS + 1) ** 2 + PYRAMID[FINEST - 1] + 4 + sum(ESTIMATOR)
        self.context = _context(inputs)

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
        levels_one, levels_two = (self._features(F.pad(x, padding, mode="replicate")) for x in (first, second))
        flow: Tensor | None = None
        grown: Tensor | None = None
        for level in range(len(PYRAMID), FINEST - 1, -1):
            one, two = levels_one[level - 1], levels_two[level - 1]
            estimator = cast(_Estimator, self.estimators[str(level)])
            if grown is None or flow is None:
                parts = [F.leaky_relu(correlate(one, two), 0.1)]
            else:
                flow_up = estimator.grow_flow(flow)
                warped = warp(two, flow_up * (FLOW_UNIT / 2**level))
                parts = [F.leaky_relu(correlate(one, warped), 0.1), one, flow_up, estimator.grow_features(grown)]
            flow, grown = estimator(torch.cat(parts, 1))
        flow = (flow + self.context(grown)) * FLOW_UNIT
        return flow[..., : -(-size[0] // 4), : -(-size[1] // 4)]

    def _features(self, image: Tensor) -> list[Tensor]:
        levels = []
        for level in self.pyramid:
            image = level(image)
            levels.append(image)
        return levels


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
        own = inputs - (2 * RADIUS + 1) ** 2 - 4
        level = PYRAMID.index(own) + 1
        above = 0 if level + 1 == len(PYRAMID) else PYRAMID[level] + 4
        return (2 * RADIUS + 1) ** 2 + above + sum(ESTIMATOR)

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


def published_names(network: PwcNet, published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The originally published weights under our names, matched in order of execution and by shape.

    Args:
        network: gives names and shapes.
        published: state of the authors' PyTorch release, in which `conv1a` .. `conv6b` are the pyramid, `convL_k`,
            `predict_flowL`, `deconvL`, `upfeatL` the estimators, and `dc_conv1` .. `dc_conv7` the context network.

    Raises:
        ValueError: a weight is missing or of another shape.
    """
    state = network.state_dict()
    renamed = {ours: _published_name(ours) for ours in state}
    for ours, theirs in renamed.items():
        if theirs not in published or published[theirs].shape != state[ours].shape:
            found = tuple(published[theirs].shape) if theirs in published else "nothing"
            raise ValueError(f"{theirs}: expected {tuple(state[ours].shape)} for {ours}, found {found}.")
    return {ours: published[theirs] for ours, theirs in renamed.items()}


def read_flow_weights(network: PwcNet, path: Path) -> dict[str, Tensor]:
    """Weights of a flow network: a safetensors file of ours, or the file that the original authors publish.

    Args:
        network: gives names and shapes.
        path: of either. Theirs is read as tensors alone, never as code; it was trained on BGR images.

    Raises:
        WeightsError: there is no such file, or it holds no weights of this network.
    """
    if not path.is_file():
        raise WeightsError(f"There are no flow weights at {path}.", path=str(path))
    try:
        if path.suffix == ".safetensors":
            return {name: value.float() for name, value in load_file(str(path)).items()}
        published = torch.load(path, map_location="cpu", weights_only=True)
        published = published.get("state_dict", published)
        weights = published_names(network, {name.removeprefix("module."): value for name, value in published.items()})
    except (SafetensorError, RuntimeError, ValueError, AttributeError, EOFError, UnpicklingError) as error:
        raise WeightsError(f"{path} holds no weights of a PWC-Net: {error}", path=str(path)) from error
    return {**weights, FIRST_KERNEL: weights[FIRST_KERNEL].flip(1)}


def _published_name(ours: str) -> str:
    part, rest = ours.split(".", 1)
    if part == "pyramid":
        level, index, end = rest.split(".")
        suffix = ("a", "aa", "b")[int(index) // 2]
        if level == "5":
            suffix = ("aa", "a", "b")[int(index) // 2]
        return f"conv{int(level) + 1}{suffix}.0.{end}"
    if part == "context":
        index, end = rest.split(".")
        number = int(index) // 2 + 1
        return f"dc_conv7.{end}" if number == 7 else f"dc_conv{number}.0.{end}"
    level, name, *tail = rest.split(".")
    if name == "layers":
        return f"conv{level}_{tail[0]}.0.{tail[1]}"
    if name == "predict":
        return f"predict_flow{level}.{tail[0]}"
    return f"{'deconv' if name == 'flow_up' else 'upfeat'}{int(level) + 1}.{tail[0]}"


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
