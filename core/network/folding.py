"""Batch normalisation folded into the convolutions before it, for inference."""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norm(network: nn.Module) -> None:
    """Fold every convolution that a batch normalisation follows in a Sequential, in place.

    Args:
        network: in eval mode; its answers stay the same to rounding.

    Raises:
        ValueError: the network is in training mode.
    """
    if network.training:
        raise ValueError("Only a network in eval mode can be folded.")
    for module in network.modules():
        if isinstance(module, nn.Sequential):
            _fold_sequence(module)


def _fold_sequence(sequence: nn.Sequential) -> None:
    for index in range(len(sequence) - 1):
        convolution, normalisation = sequence[index], sequence[index + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
            sequence[index] = fuse_conv_bn_eval(convolution, normalisation)
            sequence[index + 1] = nn.Identity()
