"""The trimap propagation network: shapes, memory, gradient, cost."""

from __future__ import annotations

import pytest
import torch

from stfam.core.network.builders import build_propagation
from stfam.core.network.config import PROPAGATION
from stfam.core.network.propagation import PropagationNetwork


@pytest.fixture(params=sorted(PROPAGATION))
def network(request: pytest.FixtureRequest) -> PropagationNetwork:
    torch.manual_seed(0)
    return build_propagation(PROPAGATION[request.param]).eval()


def _shares(height: int, width: int) -> torch.Tensor:
    shares = torch.zeros(1, 3, height, width)
    shares[:, 0, : height // 3] = 1
    shares[:, 1, height // 3 : 2 * height // 3] = 1
    shares[:, 2, 2 * height // 3 :] = 1
    return shares


@pytest.mark.parametrize("size", [(64, 96), (32, 32)], ids=str)
@pytest.mark.parametrize("keys", [1, 2, 4])
@pytest.mark.parametrize("recent", [0, 2])
def test_logits_from_any_memory(network: PropagationNetwork, size: tuple[int, int], keys: int, recent: int) -> None:
    with torch.inference_mode():
        features = network.encode(torch.rand(1, 3, *size))
        memory = [network.memorise(features, _shares(*size), keyframe=True) for _ in range(keys)]
        memory += [network.memorise(features, _shares(*size)) for _ in range(recent)]
        logits = network.read(features, memory)
    assert logits.shape == (1, 3, *size)
    assert torch.isfinite(logits).all()


def test_memory_frames_say_whether_they_were_painted(network: PropagationNetwork) -> None:
    features = network.encode(torch.rand(1, 3, 32, 32))
    assert network.memorise(features, _shares(32, 32), keyframe=True).keyframe
    assert not network.memorise(features, _shares(32, 32)).keyframe


def test_gradient_reaches_all_that_is_trained(network: PropagationNetwork) -> None:
    network.train()
    features = network.encode(torch.rand(1, 3, 64, 64))
    painted = network.memorise(features, _shares(64, 64), keyframe=True)
    recent = network.memorise(features, _shares(64, 64))
    network.read(features, [painted, recent]).square().mean().backward()
    missing = [n for n, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert missing == []
    assert all(p.grad is None for p in network.encoder.parameters())
