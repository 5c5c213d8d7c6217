"""What moves the weights: kernels by Muon, all else by AdamW."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.optim import Muon

from stfam.core.training.grouped_muon import GroupedMuon
from stfam.core.training.optimiser import KernelOptimiser


def test_kernels_and_all_else_move_and_a_kernel_without_a_gradient_stays() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16), nn.Conv2d(16, 8, 1), nn.Conv2d(8, 2, 1))
    network.to(memory_format=torch.channels_last)
    idle = nn.Linear(8, 8)
    optimiser = KernelOptimiser(nn.ModuleList([network, idle]), 1e-2)
    assert [tuple(view.shape) for _, view in optimiser.kernels] == [(16, 72), (8, 16), (8, 8)]
    before = {k: v.clone() for k, v in network.named_parameters()}
    resting = idle.weight.detach().clone()
    x = torch.randn(2, 8, 12, 12)
    first = network(x).square().mean()
    first.backward()
    optimiser.step()
    for key, value in network.named_parameters():
        assert not torch.equal(value, before[key]), key
    assert torch.equal(idle.weight, resting)
    assert network(x).square().mean() < first
    optimiser.zero_grad()
    assert all(p.grad is None for p in network.parameters())


def test_a_part_that_is_tuned_moves_by_adamw_at_its_share_of_the_rate() -> None:
    torch.manual_seed(0)
    pretrained, head = nn.Conv2d(8, 16, 3), nn.Conv2d(16, 8, 3)
    optimiser = KernelOptimiser(nn.Sequential(pretrained, head), 1e-2, tuned=pretrained, tuned_rate=0.1)
    optimiser.set_learning_rate(1e-3)
    assert [tuple(view.shape) for _, view in optimiser.kernels] == [(8, 144)]
    before = pretrained.weight.detach().clone()
    head(pretrained(torch.randn(2, 8, 12, 12))).square().mean().backward()
    optimiser.step()
    assert (pretrained.weight - before).abs().max().item() == pytest.approx(1e-4, rel=0.02)  # AdamW's first step


def test_matrices_that_are_orthogonalised_together_move_as_torch_moves_them() -> None:
    torch.manual_seed(0)
    shapes = [(24, 40), (96, 864), (40, 24), (8, 16), (300, 20)]
    start = [torch.randn(shape) for shape in shapes]
    ours, theirs = ([nn.Parameter(m.clone()) for m in start] for _ in range(2))
    terms = {"lr": 1e-2, "weight_decay": 1e-2, "adjust_lr_fn": "match_rms_adamw"}
    optimisers = GroupedMuon(ours, **terms), Muon(theirs, **terms)
    for _ in range(3):
        for mine, other in zip(ours, theirs):
            mine.grad = torch.randn_like(mine)
            other.grad = mine.grad.clone()
        for optimiser in optimisers:
            optimiser.step()
    for mine, other, before in zip(ours, theirs, start):
        assert (mine - other).norm() < 1e-3 * (other - before).norm()
        assert torch.equal(optimisers[0].state[mine]["momentum_buffer"], optimisers[1].state[other]["momentum_buffer"])
