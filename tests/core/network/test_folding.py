"""What inference folds: convolutions with what follows them, in one pass, with the answers of the parts."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from stfam.core.network.folding import fold, symmetric
from stfam.core.network.fused_convolution import FusedConvolution, pointwise, space_to_depth_block
from stfam.core.network.layers import ConvBlock, SamePadConv
from stfam.core.performance.arithmetic import counted


@pytest.mark.parametrize("activation", [nn.Identity(), nn.ReLU(), nn.ReLU6()])
@pytest.mark.parametrize(("kernel", "stride", "groups"), [(1, 1, 1), (3, 2, 1), (5, 1, 8)])
def test_a_fused_convolution_answers_as_its_parts(activation: nn.Module, kernel: int, stride: int, groups: int) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(8, 16, kernel, stride, kernel // 2, groups=groups)
    x = 4 * torch.randn(2, 8, 12, 20).to(memory_format=torch.channels_last)
    expected = activation(layer(x))
    fused = FusedConvolution(layer, activation)
    assert torch.equal(fused(x), expected)  # with a gradient, by the parts themselves
    with torch.inference_mode():
        assert torch.allclose(fused(x), expected, atol=1e-5)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("stride", [1, 2])
def test_same_padding_is_folded_into_the_kernel(kernel: int, stride: int) -> None:
    if kernel < stride:
        return
    torch.manual_seed(0)
    layer = SamePadConv(6, 6, kernel, stride, groups=6)
    x = torch.randn(1, 6, 16, 24)
    plain = symmetric(layer)
    assert type(plain) is nn.Conv2d
    assert torch.allclose(plain(x), layer(x), atol=1e-6)


def test_one_thread_folds_to_the_same_answers() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(ConvBlock(4, 8), ConvBlock(8, 6, kernel=1), nn.Conv2d(6, 2, 1)).eval()
    x = torch.randn(1, 4, 16, 16)
    expected = network(x)
    fold(network)
    assert not any(isinstance(part, (nn.BatchNorm2d, nn.ReLU)) for part in network[0])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            assert torch.allclose(network(x), expected, atol=1e-5)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("folded", [False, True])
def test_space_to_depth_is_the_block_on_both_side_by_side(folded: bool) -> None:
    torch.manual_seed(0)
    block = ConvBlock(5 + 4 * 3, 7, kernel=1).eval()
    coarse, fine = torch.randn(2, 5, 8, 12), torch.randn(2, 3, 16, 24)
    expected = block(torch.cat([coarse, F.pixel_unshuffle(fine, 2)], 1))
    if folded:
        fold(block)
    with torch.inference_mode():
        assert torch.allclose(space_to_depth_block(block, coarse, fine), expected, atol=1e-5)


def test_fused_convolutions_are_counted_as_what_they_are() -> None:
    layer = FusedConvolution(nn.Conv2d(8, 16, 3, 2, 1, groups=2), nn.ReLU())
    with torch.inference_mode(), counted() as count:
        layer(torch.zeros(1, 8, 10, 14))
        pointwise(torch.zeros(1, 8, 5, 7), torch.zeros(3, 8, 1, 1))
    assert count.gflop * 1e9 == 2 * (16 * 4 * 9 * 5 * 7 + 3 * 8 * 5 * 7)
