"""Where a run gets its networks from: from disk each time, or from a process that keeps them from run to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import torch

from stfam.core.engine.device_memory import free_cached_memory
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.weights import load_matting, load_propagation
from stfam.core.network.weights_files import weights_path
from stfam.core.out_of_memory import is_out_of_memory

_Network = TypeVar("_Network", MattingNetwork, PropagationNetwork)
_Key = tuple[str, int, int]


class Networks(Protocol):
    """Hands out networks in eval mode, on the device asked for. Both methods raise WeightsError."""

    def matting(self, name: str, device: torch.device) -> MattingNetwork: ...

    def propagation(self, name: str, device: torch.device) -> PropagationNetwork: ...


class FreshNetworks:
    """Reads the weights from disk whenever it is asked."""

    def matting(self, name: str, device: torch.device) -> MattingNetwork:
        """The matting network of weights by NAME or FILE."""
        return load_matting(name, device)

    def propagation(self, name: str, device: torch.device) -> PropagationNetwork:
        """The propagation network of weights by NAME or FILE."""
        return load_propagation(name, device)


class KeptNetworks:
    """Keeps the last network of each kind, for one run after the other; read again where the file is another one."""

    def __init__(self) -> None:
        self._matting: tuple[_Key, MattingNetwork] | None = None
        self._propagation: tuple[_Key, PropagationNetwork] | None = None

    def matting(self, name: str, device: torch.device) -> MattingNetwork:
        """The matting network of weights by NAME or FILE."""
        self._matting = _kept(self._matting, _key(name, "matting"), lambda: load_matting(name, device))
        return self._matting[1].to(device)  # a run that was short of memory may have moved it to the CPU

    def propagation(self, name: str, device: torch.device) -> PropagationNetwork:
        """The propagation network of weights by NAME or FILE."""
        self._propagation = _kept(self._propagation, _key(name, "propagation"), lambda: load_propagation(name, device))
        return self._propagation[1].to(device)


def on_device(
    load: Callable[[str, torch.device], _Network],
    name: str,
    device: torch.device,
    notice: Callable[[str], None] = lambda _: None,
) -> tuple[_Network, torch.device]:
    """A network of `Networks` and where it is: on the CPU where a GPU has no memory for it, which `notice` is told.

    Raises:
        WeightsError: as of `Networks`.
    """
    try:
        return load(name, device), device
    except (RuntimeError, MemoryError) as error:
        if device.type == "cpu" or not is_out_of_memory(error):
            raise
    free_cached_memory(device)
    notice(f"Out of memory on {device} before anything was computed: going on with the CPU.")
    return load(name, torch.device("cpu")), torch.device("cpu")


def _kept(held: tuple[_Key, _Network] | None, key: _Key, load: Callable[[], _Network]) -> tuple[_Key, _Network]:
    return held if held is not None and held[0] == key else (key, load())


def _key(name: str, kind: str) -> _Key:
    path = weights_path(name, kind)
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns
