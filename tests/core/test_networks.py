"""Networks that a process keeps from run to run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from stfam.core.errors import WeightsError
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.weights_files import weights_path
from stfam.core.networks import FreshNetworks, KeptNetworks, on_device

CPU = torch.device("cpu")


@pytest.fixture
def weights(tmp_path: Path) -> str:
    """A copy of the weights of propagation that ship, which are the smaller ones."""
    return str(shutil.copy(weights_path("lite", "propagation"), tmp_path / "own.safetensors"))


def test_the_same_file_is_read_once(weights: str) -> None:
    kept = KeptNetworks()
    assert kept.propagation(weights, CPU) is kept.propagation(weights, CPU)
    assert FreshNetworks().propagation(weights, CPU) is not FreshNetworks().propagation(weights, CPU)


def test_another_file_is_read_again(weights: str) -> None:
    kept = KeptNetworks()
    before = kept.propagation(weights, CPU)
    Path(weights).touch()
    assert kept.propagation(weights, CPU) is not before


def test_a_file_that_was_damaged_meanwhile_is_noticed(weights: str) -> None:
    kept = KeptNetworks()
    kept.propagation(weights, CPU)
    Path(weights).write_bytes(b"damaged")
    with pytest.raises(WeightsError):
        kept.propagation(weights, CPU)


def test_a_gpu_that_is_full_already_leaves_the_work_to_the_cpu(weights: str) -> None:
    """As of another program, or of another worker."""
    said: list[str] = []

    def load(name: str, device: torch.device) -> PropagationNetwork:
        if device.type != "cpu":
            raise RuntimeError("CUDA error: out of memory")
        return FreshNetworks().propagation(name, device)

    network, device = on_device(load, weights, torch.device("meta"), said.append)
    assert device == next(network.parameters()).device == CPU
    assert said == ["Out of memory on meta before anything was computed: going on with the CPU."]
    with pytest.raises(RuntimeError, match="wrong"):
        on_device(lambda *_: _raise(RuntimeError("wrong")), weights, torch.device("meta"))


def _raise(error: Exception) -> PropagationNetwork:
    raise error
