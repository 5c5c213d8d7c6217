"""Attention over a small frame."""

from __future__ import annotations

import torch

from stfam.core.network.label_attention import positions
from stfam.core.network.self_attention import HEAD_WIDTH, AttentionBlock


def _block(seed: int = 0) -> AttentionBlock:
    torch.manual_seed(seed)
    block = AttentionBlock(2 * HEAD_WIDTH).eval()
    for parameter in (block.project_out.weight, block.project_out.bias):
        torch.nn.init.normal_(parameter, std=0.1)
    return block


def test_an_untrained_block_changes_nothing() -> None:
    x = torch.randn(2, 2 * HEAD_WIDTH, 5, 7)
    assert torch.equal(AttentionBlock(2 * HEAD_WIDTH)(x), x)


def test_any_size_is_read_and_every_position_reaches_every_other() -> None:
    block = _block()
    for size in ((3, 4), (8, 6)):
        x = torch.randn(1, 2 * HEAD_WIDTH, *size, requires_grad=True)
        out = block(x)
        assert out.shape == x.shape
        (gradient,) = torch.autograd.grad(out[0, :, 0, 0].sum(), x)
        assert bool((gradient.abs().sum(1) > 0).all())


def test_the_penalty_is_on_squared_distance() -> None:
    block = _block()
    size, x = (4, 6), torch.randn(1, 2 * HEAD_WIDTH, 4, 6)
    tokens = block.norm(x.flatten(2).transpose(1, 2))
    query, key, value = (
        part.unflatten(2, (2, HEAD_WIDTH)).transpose(1, 2) for part in block.project_in(tokens).chunk(3, 2)
    )
    place = positions(size, x)
    penalty = block.nearness.square()[:, None, None] * torch.cdist(place, place).square()
    scores = query @ key.transpose(2, 3) * HEAD_WIDTH**-0.5 - penalty
    expected = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
    assert torch.allclose(block._attend(tokens, size), expected, atol=1e-5)
