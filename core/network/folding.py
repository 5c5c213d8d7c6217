"""What inference does not need: normalisation, padding and activation apart from their convolution."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from stfam.core.network.fused_convolution import FusedConvolution
from stfam.core.network.layers import SamePadConv


def fold(network: nn.Module) -> None:
    """Make one layer of each convolution in a Sequential and the normalisation and activation after it, in place.

    Args:
        network: in eval mode; its answers stay the same to rounding.

    Raises:
        ValueError: the network is in training mode.
    """
    if network.training:
        raise ValueError("Only a network in eval mode can be folded.")
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential):
            _fold_sequence(module)


def _fold_sequence(sequence: nn.Sequential) -> None:
    for index, layer in enumerate(sequence):
        after = index + 1
        if not isinstance(layer, nn.Conv2d):
            continue
        normalisation = _at(sequence, after)
        if isinstance(normalisation, nn.BatchNorm2d):
            layer = fuse_conv_bn_eval(layer, normalisation)
            sequence[after] = nn.Identity()
            after += 1
        if isinstance(layer, SamePadConv):
            layer = symmetric(layer)
        activation = _at(sequence, after)
        if isinstance(activation, (nn.ReLU, nn.ReLU6)):
            sequence[after] = nn.Identity()
        else:
            activation = nn.Identity()
        takes = FusedConvolution.takes(layer, activation)
        sequence[index] = FusedConvolution(layer, activation) if takes else nn.Sequential(layer, activation)


def _at(sequence: nn.Sequential, index: int) -> nn.Module:
    """A layer, or what changes nothing beyond the last."""
    return sequence[index] if index < len(sequence) else nn.Identity()


def symmetric(layer: SamePadConv) -> nn.Conv2d:
    """The same convolution padded alike on all sides: one that pads more at the end gets a row and a column of zeros.

    So nothing is copied to be padded. Answers are the same where the sides of a picture are multiples of the stride.
    """
    before, after = layer.margins
    extra = after - before
    kernel = layer.kernel_size[0] + extra
    channels, stride = (layer.in_channels, layer.out_channels), layer.stride[0]
    plain = nn.Conv2d(*channels, kernel, stride, after, groups=layer.groups, bias=False)
    plain.weight = nn.Parameter(F.pad(layer.weight.detach(), (extra, 0, extra, 0)), requires_grad=False)
    plain.bias = layer.bias
    return plain.eval()
