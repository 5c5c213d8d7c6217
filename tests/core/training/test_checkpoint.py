"""A checkpoint that cannot be gone on from is named, and what may be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from stfam.core.errors import WeightsError
from stfam.core.network.tensor_file import write_tensors
from stfam.core.training.averaging import WeightAverage
from stfam.core.training.checkpoint import load_checkpoint, save_checkpoint
from stfam.core.training.optimiser import KernelOptimiser


def _parts(*frozen: int, width: int = 12) -> tuple[nn.Module, WeightAverage, KernelOptimiser]:
    """A small network that has learnt for a step, but for some layers."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(10, width), nn.Linear(width, 9))
    for layer in frozen:
        network[layer].requires_grad_(False)
    optimiser = KernelOptimiser(network, 1e-3)
    network(torch.ones(2, 10)).square().mean().backward()
    optimiser.step()
    return network, WeightAverage(network), optimiser


def _save(path: Path, *frozen: int, width: int = 12) -> None:
    network, average, optimiser = _parts(*frozen, width=width)
    save_checkpoint(path, step=1, network=network, average=average, optimisers=optimiser.parts, record={"seconds": 2.0})


def _load(path: Path) -> tuple[int, dict[str, float]]:
    network, average, optimiser = _parts()
    return load_checkpoint(path, network=network, average=average, optimisers=optimiser.parts)


def test_the_step_and_the_record_come_back(tmp_path: Path) -> None:
    _save(tmp_path / "single.safetensors")
    assert _load(tmp_path / "single.safetensors") == (1, {"seconds": 2.0})


def _cut(path: Path) -> None:
    _save(path)
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "is damaged"),
        (lambda path: path.write_text("# Notes"), "is damaged or is not a weights file"),
        (lambda path: write_tensors(path, _parts()[0].state_dict(), {"kind": "matting"}), "is no checkpoint"),
        (lambda path: _save(path, width=11), "of another network: its 0.weight is"),
        (lambda path: _save(path, 0), "another stage's checkpoint"),
    ],
    ids=["cut short", "text", "averaged weights", "another network", "another stage"],
)
def test_what_cannot_be_gone_on_from_is_named(tmp_path: Path, spoil: Callable[[Path], object], said: str) -> None:
    path = tmp_path / "single.safetensors"
    spoil(path)
    with pytest.raises(WeightsError, match=rf"single\.safetensors .*{said}.*Move it away") as caught:
        _load(path)
    assert caught.value.exit_status == 5
    assert "\n" not in str(caught.value)
