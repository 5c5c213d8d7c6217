"""The trimap propagation network: shapes, memory, gradient, cost."""

from __future__ import annotations

import pytest
import torch

from stfam.core.network.box import Box, View
from stfam.core.network.builders import build_propagation
from stfam.core.network.config import PROPAGATION
from stfam.core.network.label_attention import positions
from stfam.core.network.propagation import PropagationNetwork, _places


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
        painted, carried = ([network.memorise(features, _shares(*size)) for _ in range(n)] for n in (keys, recent))
        logits = network.read(network.recall(features, painted), carried)
    assert logits.shape == (1, 3, *size)
    assert torch.isfinite(logits).all()


def test_gradient_reaches_all_that_is_trained(network: PropagationNetwork) -> None:
    network.train()
    features = network.encode(torch.rand(1, 3, 64, 64))
    painted, recent = (network.memorise(features, _shares(64, 64)) for _ in range(2))
    network.read(network.recall(features, [painted]), [recent]).square().mean().backward()
    missing = [n for n, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert missing == []
    assert all(p.grad is None for p in network.encoder.parameters())


def test_what_is_remembered_of_another_view_lies_where_it_was_in_the_frame(network: PropagationNetwork) -> None:
    near, moved = (View(Box(top, left, 128, 192), (512, 768)) for top, left in ((0, 0), (32, 64)))
    query = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        frame = network.memorise(network.encode(query, near), _shares(64, 96))
        same, other = (network.encode(query, view) for view in (near, moved))
        reads = [network.painted(seen.key, [frame], seen.view) for seen in (same, other)]
    assert not torch.allclose(reads[0], reads[1])


def test_the_whole_frame_as_a_view_is_no_view() -> None:
    like = torch.zeros(1)
    assert torch.equal(_places((8, 12), View(Box(0, 0, 512, 768), (512, 768)), like), positions((8, 12), like))


def test_a_view_lies_in_the_whole_frame() -> None:
    like, frame = torch.zeros(1), (1152, 2048)
    everywhere = _places((36, 64), None, like).reshape(36, 64, 2)
    coarse = _places((10, 20), View(Box(320, 640, 320, 640), frame), like).reshape(10, 20, 2)
    assert torch.allclose(coarse, everywhere[10:20, 20:40], atol=1e-6)
    fine = _places((20, 40), View(Box(320, 640, 320, 640), frame), like).reshape(20, 40, 2)
    assert torch.allclose(fine.unflatten(0, (10, 2)).unflatten(2, (20, 2)).mean((1, 3)), coarse, atol=1e-6)
