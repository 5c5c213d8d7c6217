"""The two blocks that the context network and the decoder are made of, and the encoder's convolution."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class ConvBlock(nn.Sequential):
    """Convolution, batch normalisation, ReLU; the size stays. The normalisation folds into the convolution."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.03),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Two 3x3 ConvBlocks added to their input; `gain` is how loud the second one starts."""

    def __init__(self, channels: int, *, gain: float = 1.0) -> None:
        super().__init__()
        last = ConvBlock(channels, channels)
        nn.init.constant_(last.get_submodule("1").get_parameter("weight"), gain)
        self.body = nn.Sequential(ConvBlock(channels, channels), last)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return x + self.body(x)


class SamePadConv(nn.Conv2d):
    """Convolution padded as TensorFlow's SAME, which puts the odd pixel of a strided layer at the end."""

    @property
    def margins(self) -> tuple[int, int]:
        """Pixels before and after."""
        total = self.kernel_size[0] - self.stride[0]
        return total // 2, total - total // 2

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, O, H / stride, W / stride)."""
        before, after = self.margins
        if before == after:
            return F.conv2d(x, self.weight, self.bias, self.stride, before, 1, self.groups)
        padded = F.pad(x, (before, after, before, after))
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, 1, self.groups)
