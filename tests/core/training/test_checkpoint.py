"""A checkpoint that cannot be gone on from is named, and what may be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from stfam.core.errors import WeightsError
from stfam.core.network.tensor_file import read_tensors, write_tensors
from stfam.core.training.averaging import WeightAverage
from stfam.core.training.checkpoint import load_checkpoint, previous, save_checkpoint
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


def _turn_a_bit(path: Path, before: bytes) -> None:
    """One bit of what lies behind a word of the file."""
    content = bytearray(path.read_bytes())
    content[content.index(before) + len(before)] ^= 1
    path.write_bytes(content)


def _spoil_a_number(path: Path) -> None:
    _save(path)
    _turn_a_bit(path, path.read_bytes()[-40:-20])


def _spoil_the_step(path: Path) -> None:
    _save(path)
    _turn_a_bit(path, b'"step":"')


def test_a_damaged_checkpoint_names_the_one_saved_before_it(tmp_path: Path) -> None:
    path = tmp_path / "single.safetensors"
    _save(path)
    earlier = path.read_bytes()
    assert not previous(path).exists()
    _save(path, 0)
    assert previous(path).read_bytes() == earlier
    _turn_a_bit(path, path.read_bytes()[-40:-20])
    with pytest.raises(WeightsError, match=rf"checksum\. The one saved before it is {previous(path)}: put it in its"):
        _load(path)
    previous(path).replace(path)
    assert _load(path) == (1, {"seconds": 2.0})
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_checkpoint_without_a_sum_is_an_older_version_s(tmp_path: Path) -> None:
    path = tmp_path / "single.safetensors"
    _save(path)
    tensors, metadata = read_tensors(path)
    write_tensors(path, tensors, {name: text for name, text in metadata.items() if name != "sha256"})
    assert _load(path) == (1, {"seconds": 2.0})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "is damaged"),
        (_spoil_a_number, "is damaged: its content has another checksum"),
        (_spoil_the_step, "is damaged: its content has another checksum"),
        (lambda path: path.write_text("# Notes"), "is damaged or is not a weights file"),
        (lambda path: write_tensors(path, _parts()[0].state_dict(), {"kind": "matting"}), "is no checkpoint"),
        (lambda path: _save(path, width=11), "of another network: its 0.weight is"),
        (lambda path: _save(path, 0), "another stage's checkpoint"),
    ],
    ids=[
        "cut short",
        "a bit of a number",
        "a bit of the step",
        "text",
        "averaged weights",
        "another network",
        "another stage",
    ],
)
def test_what_cannot_be_gone_on_from_is_named(tmp_path: Path, spoil: Callable[[Path], object], said: str) -> None:
    path = tmp_path / "single.safetensors"
    spoil(path)
    with pytest.raises(WeightsError, match=rf"single\.safetensors .*{said}.*Move it away") as caught:
        _load(path)
    assert caught.value.exit_status == 5
    assert "\n" not in str(caught.value)
