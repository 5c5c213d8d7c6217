"""The four temporal fusions and the pieces of ST-FAM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
import torch

from stfam.core.network import aggregation_cpu
from stfam.core.network.aggregation import TemporalFeatureFusion
from stfam.core.network.alignment import TemporalFeatureAlignment, grow_motion
from stfam.core.network.deform import shift
from stfam.core.network.fusion import FUSIONS, TemporalFusion, build_fusion, inflate


def _fusion(name: str, window: int) -> TemporalFusion:
    torch.manual_seed(0)
    return build_fusion(name, channels=8, window=window, stride=8, taps=3, hidden=4, cascade=True)


@pytest.mark.parametrize("window", [0, 1, 2, 3])
@pytest.mark.parametrize("name", sorted(FUSIONS))
def test_shape_and_gradient(name: str, window: int) -> None:
    fusion = _fusion(name, window)
    features = torch.randn(2, 2 * window + 1, 8, 16, 24, requires_grad=True)
    motion = torch.zeros(2, 2 * window + 1, 2, 8, 12)
    fused, _ = fusion(features.unbind(1), motion)
    assert fused.shape == (2, 8, 16, 24)
    fused.square().sum().backward()
    assert features.grad is not None
    seen = (features.grad.flatten(2).abs().amax(2) > 0).all(0)
    expected = [name != "flow" or t == window for t in range(2 * window + 1)]
    assert seen.tolist() == expected, "every frame of the window counts; flow fusion sees neighbours as flows"


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(ValueError, match="st_fam"):
        _fusion("mean", 1)


def test_flow_fusion_needs_flows() -> None:
    with pytest.raises(ValueError, match="flows"):
        _fusion("flow", 1)(3 * [torch.zeros(1, 8, 8, 8)], None)


def test_alignment_follows_the_motion_that_is_handed_down() -> None:
    torch.manual_seed(0)
    alignment = TemporalFeatureAlignment(channels=4, hidden=4, taps=1, reach=6)
    torch.nn.init.zeros_(alignment.convolve.weight)
    alignment.convolve.weight.data[:, :, 0, 0] = torch.eye(4)
    centre = torch.randn(1, 4, 16, 16)
    moved = torch.roll(centre, (2, -3), (2, 3))
    motion = torch.tensor([2.0, -3.0]).reshape(1, 1, 2, 1, 1).expand(1, 1, 2, 16, 16)
    aligned, offset = alignment(centre, [moved], motion)
    assert torch.allclose(aligned[:, 0, :, 4:12, 4:12], centre[..., 4:12, 4:12], atol=1e-5)
    assert torch.allclose(offset, motion)


def test_offsets_are_bounded_so_that_halos_are_exact() -> None:
    alignment = TemporalFeatureAlignment(channels=4, hidden=4, taps=3, reach=2.5)
    torch.nn.init.normal_(alignment.predict.weight, std=50)
    _, offset = alignment(torch.randn(1, 4, 8, 8), [torch.randn(1, 4, 8, 8)], None)
    assert offset.abs().max() <= 2.5


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode], ids=["no grad", "inference"])
@pytest.mark.parametrize("handed_down", [True, False], ids=["cascade", "coarsest"])
@pytest.mark.parametrize(("channels", "taps"), [(16, 1), (24, 3), (5, 3), (12, 1)], ids=str)
def test_the_compiled_alignment_is_the_same_as_what_is_trained(
    channels: int, taps: int, handed_down: bool, mode: Callable[[], Any]
) -> None:
    torch.manual_seed(0)
    alignment = TemporalFeatureAlignment(channels=channels, hidden=6, taps=taps, reach=6)
    torch.nn.init.normal_(alignment.predict.weight, std=0.5)
    torch.nn.init.normal_(alignment.predict.bias, std=2)  # type: ignore[arg-type]
    torch.nn.init.normal_(alignment.convolve.bias, std=2)  # type: ignore[arg-type]
    centre, *neighbours = torch.randn(4, 2, channels, 20, 28)
    motion = 8 * torch.randn(2, 3, 2, 20, 28) if handed_down else None
    brought, offset = alignment(centre, neighbours, motion)
    with mode():
        for layout in (torch.contiguous_format, torch.channels_last):
            first, *others = (x.contiguous(memory_format=layout) for x in (centre, *neighbours))
            used, used_offset = alignment(first, others, motion)
            assert torch.allclose(used, brought, atol=1e-4)
            assert torch.allclose(used_offset, offset, atol=1e-4)


def test_motion_grows_with_the_grid() -> None:
    grown = grow_motion(torch.full((1, 2, 4, 6), 1.5), torch.Size((8, 12)))
    assert grown.shape == (1, 2, 8, 12)
    assert (grown == 3).all()
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert torch.equal(shift(x, torch.zeros(1, 2, 4, 4)), x)


def test_channel_attention_is_the_same_in_a_tile() -> None:
    torch.manual_seed(0)
    fusion = TemporalFeatureFusion(channels=4, frames=3, stride=2)
    whole = torch.randn(1, 3, 4, 128, 128)
    halo = 40
    tile = whole[..., 64 - halo : 96 + halo, 32:128]
    inside = fusion(tile)[..., halo : halo + 32, halo : halo + 16]
    assert torch.allclose(fusion(whole)[..., 64:96, 32 + halo : 48 + halo], inside, atol=1e-5)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode], ids=["no grad", "inference"])
@pytest.mark.parametrize("blocks", [(6, 10), (2, 1)], ids=str)
@pytest.mark.parametrize(("channels", "frames", "stride"), [(4, 3, 2), (5, 5, 4), (8, 1, 8), (4, 3, 16)], ids=str)
def test_the_compiled_fusion_is_the_same_as_what_is_trained(
    channels: int, frames: int, stride: int, blocks: tuple[int, int], mode: Callable[[], Any], monkeypatch: Any
) -> None:
    torch.manual_seed(0)
    fusion = TemporalFeatureFusion(channels=channels, frames=frames, stride=stride)
    aligned = torch.randn(2, frames, channels, *(count * fusion.block for count in blocks))
    last = aligned.flatten(0, 1).contiguous(memory_format=torch.channels_last).unflatten(0, (2, frames))
    trained = fusion(aligned)
    compiled = mock.Mock(wraps=aggregation_cpu.fused)
    monkeypatch.setattr(aggregation_cpu, "fused", compiled)
    with mode():
        used = [fusion(aligned), fusion(last)]
    assert compiled.call_count == 2
    for found in used:
        assert found.shape == trained.shape
        assert torch.allclose(found, trained, atol=1e-5)


def test_inflated_weights_look_at_the_centre_alone() -> None:
    small, large = _fusion("st_fam", 0), _fusion("st_fam", 2)
    large.load_state_dict(inflate(small.state_dict(), large.state_dict()))
    weight = large.state_dict()["fusion.fuse.weight"]
    assert torch.equal(weight[:, 16:24], small.state_dict()["fusion.fuse.weight"])
    assert weight[:, :16].abs().max() == 0
    assert weight[:, 24:].abs().max() == 0
