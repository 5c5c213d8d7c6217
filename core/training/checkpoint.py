"""Training state on disk: safetensors and JSON, written whole or not at all, so that a run resumes where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from stfam.core.training.averaging import WeightAverage


def save_checkpoint(
    path: Path,
    *,
    step: int,
    network: nn.Module,
    average: WeightAverage,
    optimisers: Sequence[Optimizer],
    record: dict[str, Any],
) -> None:
    """Write everything that the next step depends on; random numbers need no state, they come from the step."""
    tensors: dict[str, Tensor] = {}
    tensors.update({f"network.{k}": v.detach().contiguous().clone() for k, v in network.state_dict().items()})
    tensors.update({f"average.{k}": v.contiguous() for k, v in average.values.items()})
    for part, optimiser in enumerate(optimisers):
        for index, state in optimiser.state_dict()["state"].items():
            tensors.update({f"optimiser.{part}.{index}.{k}": v.contiguous() for k, v in state.items()})
    metadata = {"step": str(step), "average_steps": str(average.steps), "record": json.dumps(record)}
    temporary = path.with_suffix(".part")
    save_file(tensors, str(temporary), metadata)
    os.replace(temporary, path)


def load_checkpoint(
    path: Path, *, network: nn.Module, average: WeightAverage, optimisers: Sequence[Optimizer]
) -> tuple[int, dict[str, Any]]:
    """Fill network, average and optimisers in place.

    Returns:
        The next step and the record that was saved with it.
    """
    with safe_open(str(path), "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    network.load_state_dict(_part(tensors, "network."))
    average.values = {name: v.to(average.values[name].device) for name, v in _part(tensors, "average.").items()}
    average.steps = int(metadata["average_steps"])
    for part, optimiser in enumerate(optimisers):
        _fill(optimiser, _part(tensors, f"optimiser.{part}."))
    return int(metadata["step"]), json.loads(metadata["record"])


def _fill(optimiser: Optimizer, tensors: dict[str, Tensor]) -> None:
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = _laid_out_like(value, parameters[int(index)])
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def _laid_out_like(value: Tensor, parameter: Tensor) -> Tensor:
    """The fused optimiser walks through memory: moments must lie as their parameter does, channels last say."""
    return torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def seeded(step: int, seed: int) -> torch.Generator:
    """The random numbers of one step."""
    return torch.Generator().manual_seed(seed * 1_000_003 + step)
