"""Training state on disk: safetensors and JSON, written whole or not at all, so that a run resumes where it stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from stfam.core.errors import WeightsError
from stfam.core.network.tensor_file import misfit, read_metadata, read_tensors, write_tensors
from stfam.core.training.averaging import WeightAverage
from stfam.core.whole_file import written_whole

ANEW = "Move it away to begin anew, or put the right one in its place."
"""What may be done about a checkpoint that cannot be gone on from."""


def save_checkpoint(
    path: Path,
    *,
    step: int,
    network: nn.Module,
    average: WeightAverage,
    optimisers: Sequence[Optimizer],
    record: dict[str, Any],
) -> None:
    """Write everything that the next step depends on; random numbers need no state, they come from the step.

    The checkpoint that lay there stays beside it, for the case that this one is damaged one day.

    Raises:
        WriteError: the disk is full, say; the checkpoint that lay there stays where it is.
    """
    tensors: dict[str, Tensor] = {}
    tensors.update({f"network.{k}": v.detach().contiguous().clone() for k, v in network.state_dict().items()})
    tensors.update({f"average.{k}": v.contiguous() for k, v in average.values.items()})
    for part, optimiser in enumerate(optimisers):
        for index, state in optimiser.state_dict()["state"].items():
            tensors.update({f"optimiser.{part}.{index}.{k}": v.contiguous() for k, v in state.items()})
    metadata = {"step": str(step), "average_steps": str(average.steps), "record": json.dumps(record)}
    if path.is_file():
        _keep(path)
    write_tensors(path, tensors, {**metadata, "sha256": _digest(tensors, metadata)})


def load_checkpoint(
    path: Path, *, network: nn.Module, average: WeightAverage, optimisers: Sequence[Optimizer]
) -> tuple[int, dict[str, Any]]:
    """Fill network, average and optimisers in place.

    Returns:
        The next step and the record that was saved with it.

    Raises:
        WeightsError: the file is damaged, no checkpoint, or that of another network or stage.
    """
    tensors, metadata = _read(path)
    for prefix in ("network.", "average."):
        if odd := misfit(_part(tensors, prefix), network.state_dict()):
            raise WeightsError(f"{path} is the checkpoint of another network: {odd}. {ANEW}", path=str(path))
    states = [_part(tensors, f"optimiser.{part}.") for part in range(len(optimisers))]
    for optimiser, state in zip(optimisers, states):
        if not _fits(optimiser, state):
            raise WeightsError(
                f"{path} is another stage's checkpoint: other layers learn there. {ANEW}", path=str(path)
            )
    network.load_state_dict(_part(tensors, "network."))
    average.values = {name: v.to(average.values[name].device) for name, v in _part(tensors, "average.").items()}
    average.steps = int(metadata["average_steps"])
    for optimiser, state in zip(optimisers, states):
        _fill(optimiser, state)
    return int(metadata["step"]), json.loads(metadata["record"])


def checksum(path: Path) -> str | None:
    """That of the checkpoint at a path, as its head has it; None where there is no file, or one of an older version.

    Raises:
        WeightsError: the file's head cannot be read.
    """
    return read_metadata(path).get("sha256") if path.is_file() else None


def previous(path: Path) -> Path:
    """Where the checkpoint lies that was saved before the one at a path."""
    return path.with_stem(f"{path.stem}-before")


def _keep(path: Path) -> None:
    """Copied, not moved: at no moment is there no checkpoint."""
    with written_whole(previous(path)) as temporary:
        shutil.copyfile(path, temporary)


def _digest(tensors: dict[str, Tensor], metadata: dict[str, str]) -> str:
    """SHA-256 of all that a checkpoint holds."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A checkpoint's tensors and metadata; those of older versions have no sum to hold them against."""
    try:
        tensors, metadata = read_tensors(path)
    except WeightsError as error:
        raise WeightsError(f"{error} {_instead(path)}", path=str(path)) from error
    if {"step", "average_steps", "record"} - metadata.keys():
        raise WeightsError(f"{path} holds tensors, but is no checkpoint of a training. {ANEW}", path=str(path))
    written = metadata.pop("sha256", None)
    if written is not None and written != _digest(tensors, metadata):
        raise WeightsError(f"{path} is damaged: its content has another checksum. {_instead(path)}", path=str(path))
    return tensors, metadata


def _instead(path: Path) -> str:
    """What may be done about a damaged checkpoint."""
    if previous(path).is_file():
        return f"The one saved before it is {previous(path)}: put it in its place to go on from there."
    return ANEW


def _fits(optimiser: Optimizer, tensors: dict[str, Tensor]) -> bool:
    """Whether each state has a parameter, and its moments are of that one's shape."""
    shapes = {str(index): p.shape for index, p in enumerate(_parameters(optimiser))}
    return all(
        (shape := shapes.get(name.partition(".")[0])) is not None and value.shape in (torch.Size(), shape)
        for name, value in tensors.items()
    )


def _parameters(optimiser: Optimizer) -> list[Tensor]:
    return [p for group in optimiser.param_groups for p in group["params"]]


def _fill(optimiser: Optimizer, tensors: dict[str, Tensor]) -> None:
    parameters = _parameters(optimiser)
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
