"""Pieces of work with the propagation network: in lanes on a CPU, and on the CPU where a GPU's memory runs out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias, TypeVar

import torch

from stfam.core.engine.device_memory import free_cached_memory
from stfam.core.engine.lanes import COUNT, Lanes
from stfam.core.engine.networks import Propagation
from stfam.core.engine.precision import inference
from stfam.core.errors import DeviceMemoryError
from stfam.core.out_of_memory import is_out_of_memory

Result = TypeVar("Result")
Begun: TypeAlias = Callable[[], Result]
"""Waits for a piece of work that was begun; where there are no lanes, does it."""


class NetworkWork:
    """Has the network and the device.

    On a CPU with several threads every piece of work is done in a lane (`engine.lanes`), also where nothing is done
    beside it, because the last bits depend on the number of threads.

    Args:
        network: in eval mode, on `device`; None where there is nothing to do.
        device: where it is.
        notice: is told, in a sentence, when memory ran out and what is done about it.
    """

    def __init__(self, network: Propagation | None, device: torch.device, notice: Callable[[str], None]) -> None:
        self.device = device
        self._network = network
        self._notice = notice
        self._lanes = None if network is None else Lanes.of(device)
        self._moved: Callable[[torch.device], None] = lambda _: None

    @property
    def network(self) -> Propagation:
        """The network.

        Raises:
            ValueError: there is none, and so was to be no work.
        """
        if self._network is None:
            raise ValueError("trimaps are to be propagated, but there is no propagation network")
        return self._network

    @property
    def ahead(self) -> int:
        """How many frames are worth knowing before their turn: none where nothing is done beside something else."""
        return 0 if self._lanes is None else COUNT

    def on_move(self, moved: Callable[[torch.device], None]) -> None:
        """Whom to tell that the network has gone to another device, where all that it reads has to follow."""
        self._moved = moved

    def begin(self, work: Callable[[], Result]) -> Begun[Result]:
        """Have a piece of work begun; it may wait for what was begun before it."""
        inside = partial(self._do, work)
        return inside if self._lanes is None else self._lanes.submit(inside).result

    def _do(self, work: Callable[[], Result]) -> Result:
        with inference(self.device):
            return work()

    def finish(self, begun: Begun[Result]) -> Result:
        """What a piece of work gives; where a GPU's memory runs out, it is done again on the CPU.

        Raises:
            DeviceMemoryError: out of memory on the CPU.
        """
        try:
            return begun()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            failure = str(error)
        free_cached_memory(self.device)
        if self.device.type == "cpu":
            raise DeviceMemoryError("Out of memory while propagating trimaps. Close other programs.", failure=failure)
        self._notice(f"Out of memory on {self.device} while propagating trimaps: going on with the CPU.")
        self.device = torch.device("cpu")
        self._network = self.network.to(self.device)
        self._moved(self.device)
        return self.finish(begun)

    def close(self) -> None:
        """Drop what has not begun and wait for what has."""
        if self._lanes is not None:
            self._lanes.close()
