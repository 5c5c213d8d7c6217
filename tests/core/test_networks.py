"""Networks that a process keeps from run to run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from stfam.core.errors import WeightsError
from stfam.core.network.weights_files import weights_path
from stfam.core.networks import FreshNetworks, KeptNetworks

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
