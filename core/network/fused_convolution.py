"""Convolutions with the activation after them, for inference: one pass of oneDNN's on a CPU.

torch's own choice for a 1x1 convolution on one thread, as frames side by side have, is another library, which copies.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stfam.core.network.deform import is_plain

_NAMES: dict[type[nn.Module], tuple[str, list[float]]] = {
    nn.Identity: ("none", []),
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
}
"""oneDNN's names of the activations that it computes in the same pass, and their numbers."""


class FusedConvolution(nn.Module):
    """A convolution and what follows it."""

    def __init__(self, convolution: nn.Conv2d, activation: nn.Module) -> None:
        super().__init__()
        self.convolution = convolution
        self.activation = activation

    @staticmethod
    def takes(convolution: nn.Module, activation: nn.Module) -> bool:
        """Whether the two can be one."""
        return (
            type(convolution) is nn.Conv2d
            and convolution.padding_mode == "zeros"
            and not isinstance(convolution.padding, str)
            and type(activation) in _NAMES
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, O, h, w)."""
        layer = self.convolution
        if not _onednn_takes(x):
            answer: Tensor = self.activation(layer(x))
            return answer
        shape = layer.padding, layer.stride, layer.dilation, layer.groups
        fused: Tensor = _onednn(x, layer.weight, layer.bias, *shape, *_NAMES[type(self.activation)], "")
        return fused


def pointwise(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A 1x1 convolution: (B, C, H, W), (O, C, 1, 1) -> (B, O, H, W)."""
    if not _onednn_takes(x):
        return F.conv2d(x, weight, bias)
    product: Tensor = _onednn(x, weight, bias, (0, 0), (1, 1), (1, 1), 1, *_NAMES[nn.Identity], "")
    return product


def add_and_rectify(x: Tensor, weight: Tensor, other: Tensor) -> Tensor:
    """A 3x3 convolution plus another picture, rectified: (B, C, H, W), (O, C, 3, 3), (B, O, H, W) -> (B, O, H, W)."""
    if not _onednn_takes(x):
        return F.relu(F.conv2d(x, weight, padding=1) + other)
    one = 1, 1
    total: Tensor = torch.ops.mkldnn._convolution_pointwise.binary(
        x, other, weight, None, one, one, one, 1, "add", 1.0, "relu", [], ""
    )
    return total


def space_to_depth_block(block: nn.Sequential, coarse: Tensor, fine: Tensor) -> Tensor:
    """What a 1x1 convolution block makes of features and, space to depth, of others twice as large, side by side.

    Neither is laid out anew: the block's kernel for the second reads its 2x2 pixels where they are.

    Args:
        block: a convolution, folded or not, and what follows it; reads C + 4 * D channels.
        coarse: (B, C, H, W).
        fine: (B, D, 2 * H, 2 * W).

    Returns:
        (B, O, H, W).
    """
    first, *after = block
    layer = first
    if isinstance(first, FusedConvolution):
        layer, after = first.convolution, [first.activation, *after]
    assert isinstance(layer, nn.Conv2d)
    of_coarse, of_fine = layer.weight.split([coarse.shape[1], 4 * fine.shape[1]], 1)
    kernel = of_fine.reshape(len(of_fine), fine.shape[1], 2, 2).contiguous(memory_format=torch.channels_last)
    x = F.conv2d(fine, kernel, layer.bias, stride=2) + pointwise(coarse, of_coarse)
    for part in after:
        x = part(x)
    return x


def _onednn(*arguments: Any) -> Any:
    return torch.ops.mkldnn._convolution_pointwise(*arguments)


def _onednn_takes(x: Tensor) -> bool:
    """Whether oneDNN's own operators apply: float32 on a CPU, in use and not in training."""
    built = torch.backends.mkldnn.is_available()
    return built and is_plain(x) and not torch.is_grad_enabled() and not torch.is_autocast_enabled("cpu")
