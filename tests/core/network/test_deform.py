"""Our deformable convolution against torchvision's."""

from __future__ import annotations

import pytest
import torch
from torchvision.ops import deform_conv2d as reference

from stfam.core.network import deform_cpu
from stfam.core.network.deform import deform_conv2d, shift


def _inputs(kernel: int, spread: float, channels: int = 6, outputs: int = 5) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    taps = kernel * kernel
    x = torch.randn(2, channels, 13, 17)
    offset = torch.randn(2, 2 * taps, 13, 17) * spread
    mask = torch.rand(2, taps, 13, 17) * 2
    weight = torch.randn(outputs, channels, kernel, kernel) / (channels * taps) ** 0.5
    return x, offset, mask, weight, torch.randn(outputs)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("spread", [0.0, 0.7, 6.0, 40.0], ids=lambda s: f"offsets {s}")
def test_agrees_with_torchvision_borders_included(kernel: int, spread: float) -> None:
    x, offset, mask, weight, bias = _inputs(kernel, spread)
    expected = reference(x, offset, weight, bias, padding=kernel // 2, mask=mask)
    found = deform_conv2d(x, offset, mask, weight, bias)
    assert found.shape == expected.shape
    assert (found - expected).abs().max() < 1e-4


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_gradients_agree_with_torchvision(dtype: torch.dtype) -> None:
    ours, theirs = ([t.to(dtype).requires_grad_() for t in _inputs(3, 1.5)] for _ in range(2))
    x, offset, mask, weight, bias = ours
    deform_conv2d(x, offset, mask, weight, bias).square().sum().backward()
    a, b, c, d, e = theirs
    reference(a, b, d, e, padding=1, mask=c).square().sum().backward()
    for own, other in zip(ours, theirs, strict=True):
        assert own.grad is not None
        assert other.grad is not None
        assert torch.allclose(own.grad, other.grad, atol=2e-3)


def test_an_image_in_many_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    x, offset, mask, weight, bias = _inputs(3, 6.0)
    expected = reference(x, offset, weight, bias, padding=1, mask=mask)
    monkeypatch.setattr(deform_cpu, "STRETCH_BYTES", 1)
    assert (deform_conv2d(x, offset, mask, weight, bias) - expected).abs().max() < 1e-4


def test_offsets_that_are_no_numbers_read_nothing_outside_the_image() -> None:
    x, offset, mask, weight, bias = _inputs(3, 1.0)
    broken = offset.clone()
    broken[:, :, 4, 5] = float("nan")
    broken[:, :, 6, 7] = float("inf")
    found = deform_conv2d(x, broken, mask, weight, bias)
    untouched = torch.ones(13, 17, dtype=torch.bool)
    untouched[4, 5] = untouched[6, 7] = False
    expected = deform_conv2d(x, offset, mask, weight, bias)
    assert torch.equal(found[..., untouched], expected[..., untouched])


def test_a_shift_is_a_deformable_convolution_with_the_identity() -> None:
    x, offset, _, _, _ = _inputs(1, 3.0)
    identity = torch.eye(6)[:, :, None, None]
    assert torch.allclose(shift(x, offset), reference(x, offset, identity), atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_precision_moves_no_position(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 4, 40, 384).to(dtype)
    still = torch.zeros(1, 2, 40, 384)
    assert torch.allclose(shift(x, still).float(), x.float(), atol=1e-2)
    motion = torch.full((1, 2, 40, 384), 0.5)
    exact = shift(x.float(), motion)
    assert (shift(x, motion).float() - exact).abs().max() < 0.05


def test_shapes_that_do_not_belong_together() -> None:
    x, offset, mask, weight, bias = _inputs(3, 1.0)
    with pytest.raises(ValueError, match="needs 18 offsets and 9 masks"):
        deform_conv2d(x, offset[:, :4], mask, weight, bias)
    with pytest.raises(ValueError, match="6 channels"):
        deform_conv2d(x[:, :3], offset, mask, weight, bias)
