"""Named tensors in one safetensors file: read with a sentence where that fails, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import save
from torch import Tensor

from stfam.core.errors import WeightsError
from stfam.core.whole_file import written_whole


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors by name, and the metadata.

    Raises:
        WeightsError: the file cannot be read, is cut short, or is none of this format.
    """
    with _opened(path) as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata alone.

    Raises:
        WeightsError: as of `read_tensors`.
    """
    with _opened(path) as file:
        return file.metadata() or {}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safetensors.safe_open(str(path), "pt") as file:
            yield file
    except (safetensors.SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is damaged or is not a weights file: {error}.", path=str(path)) from error


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors, which lie contiguously, with metadata; others may read the file as the account's files are read.

    The format's own writer makes a file that its owner alone may read, whatever the account's mask says.

    Raises:
        WriteError: as of `written_whole`.
    """
    with written_whole(path) as temporary:
        temporary.write_bytes(save(dict(tensors), metadata))


def misfit(tensors: Mapping[str, Tensor], network: Mapping[str, Tensor]) -> str | None:
    """What keeps tensors from being the state of a network, in a few words; None where they are."""
    for name, wanted in network.items():
        if name not in tensors:
            return f"it has no {name}"
        if tensors[name].shape != wanted.shape:
            return f"its {name} is {tuple(tensors[name].shape)}, and {tuple(wanted.shape)} is expected"
    strange = sorted(tensors.keys() - network.keys())
    return f"the network has no {strange[0]}" if strange else None
