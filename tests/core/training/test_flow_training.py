"""Training of the flow network: its loss, its resuming, and the error it is judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from stfam.core.network.flow import PwcNet
from stfam.core.network.flow_weights import load_pwc_net
from stfam.core.training import flow_training
from stfam.core.training.flow_training import Pair, end_point_errors, flow_loss, save_flow, train_flow

SIDE = 64


def shifted_pair(rng: np.random.Generator) -> Pair:
    """Noise that moves as a whole by a few pixels."""
    texture = rng.integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    dx, dy = (int(v) for v in rng.integers(-3, 4, 2))
    moved = np.roll(texture, (dy, dx), axis=(0, 1))
    return texture, moved, np.broadcast_to(np.array([dx, dy], np.float32), (SIDE, SIDE, 2)).copy()


def trained(folder: Path, steps: int) -> PwcNet:
    torch.manual_seed(0)
    network = PwcNet()
    state = folder / "flow.safetensors"
    for _ in train_flow(network, shifted_pair, state, progress=lambda step, _: step / steps, batch=1):
        pass
    return network


def test_loss_by_hand() -> None:
    truth = torch.zeros(1, 2, 8, 8)
    flow = torch.zeros(1, 2, 2, 2)
    flow[:, 0], flow[:, 1] = 3, 4
    assert flow_loss(flow, truth).item() == pytest.approx(5, rel=1e-4)
    flow.requires_grad_(True)
    flow_loss(flow * 0, truth).backward()
    assert torch.isfinite(flow.grad).all()


def test_a_resumed_run_ends_with_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_training, "SAVE_EVERY", 1)
    # the faster precision is measured, and beside other work not always the same
    monkeypatch.setattr(flow_training, "training_precision", lambda _: torch.float32)
    whole = trained(tmp_path / "whole", 2)
    trained(tmp_path / "parts", 1)
    resumed = trained(tmp_path / "parts", 2)
    for name, value in whole.state_dict().items():
        assert torch.allclose(resumed.state_dict()[name], value, atol=1e-6), name
    assert not any(p.requires_grad for p in resumed.parameters())


def test_end_point_error_of_no_motion_found_is_the_motion() -> None:
    network = PwcNet()
    pairs = [shifted_pair(np.random.default_rng(seed)) for seed in range(2)]
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    errors = end_point_errors(network, pairs, torch.device("cpu"))
    expected = np.mean([np.linalg.norm(pair[2], axis=-1).mean() for pair in pairs])
    assert errors.own == pytest.approx(expected, rel=1e-5)
    assert errors.dis > 0 and errors.pairs == 2


@pytest.mark.parametrize("standardised", [True, False])
def test_weights_survive_the_file(tmp_path: Path, standardised: bool) -> None:
    network = PwcNet(standardised=standardised)
    save_flow(network, tmp_path / "flow.safetensors")
    stored = load_pwc_net(tmp_path / "flow.safetensors")
    assert stored.standardised is standardised
    assert all(torch.equal(stored.state_dict()[name], value) for name, value in network.state_dict().items())


def test_seconds_before_an_interruption_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(flow_training.time, "monotonic", lambda: float(next(clock)))
    seen: dict[int, list[float]] = {1: [], 2: []}
    for stop, seconds in seen.items():

        def progress(step: int, spent: float, stop: int = stop, seconds: list[float] = seconds) -> float:
            seconds.append(spent)
            return step / stop

        for _ in train_flow(PwcNet(), shifted_pair, tmp_path / "flow.safetensors", progress=progress, batch=1):
            pass
    before, after_a_step, _ = seen[1]
    assert 0 < before < after_a_step < seen[2][0], "the second run goes on from the first one's checkpoint"
