"""The plate as the engine wants it: pictures for the network, proxies and errors that belong to a frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from stfam.core.engine.propagate import ProxyFrame
from stfam.core.engine.proxies import proxy_image
from stfam.core.errors import InputError
from stfam.core.media.colour import to_network
from stfam.core.media.plate import Plate, PlateFrame

BACKWARD_BLOCK = 8
"""Frames that a backward pass reads at a time: in order inside a block, as a movie decodes."""


@dataclass(frozen=True)
class Demand:
    """What is wanted of a frame."""

    frame: int
    picture: bool
    proxy: bool

    @property
    def anything(self) -> bool:
        """Whether the plate has to be read at all."""
        return self.picture or self.proxy


@dataclass(frozen=True)
class LoadedFrame:
    """A plate frame in the forms that were wanted, or the error that kept it from being read."""

    frame: int
    plate: PlateFrame | None = None
    picture: npt.NDArray[np.float32] | None = None
    """(H, W, 3) display-encoded in [0, 1]."""
    proxy: Tensor | None = None
    error: InputError | None = None


class PlateReader:
    """Has a plate, which one thread at a time may read."""

    def __init__(self, plate: Plate, missing: frozenset[int], report: Callable[[PlateFrame], None]) -> None:
        self._plate = plate
        self._missing = missing
        self._report = report
        self._lock = threading.Lock()

    def load(self, demands: Iterable[Demand]) -> Iterator[LoadedFrame]:
        """Frames as demanded, in order; a frame that cannot be read comes with its error."""
        for demand in demands:
            yield self._load(demand) if demand.anything else LoadedFrame(demand.frame)

    def proxies(self, frames: Sequence[int]) -> Iterator[ProxyFrame]:
        """Proxies in the order given, forwards or backwards; None for a frame that cannot be read."""
        for start in range(0, len(frames), BACKWARD_BLOCK):
            block = frames[start : start + BACKWARD_BLOCK]
            loaded = {frame: self._load(Demand(frame, False, True)).proxy for frame in sorted(block)}
            for frame in block:
                yield ProxyFrame(frame, loaded[frame])

    def read(self, frame: int) -> PlateFrame:
        """One frame of the plate.

        Raises:
            InputError: it is missing or cannot be read.
        """
        with self._lock:
            return self._plate.read(frame)

    def _load(self, demand: Demand) -> LoadedFrame:
        try:
            plate = self.read(demand.frame)
        except InputError as error:
            return LoadedFrame(demand.frame, error=error)
        if plate.bad_pixels:
            self._report(plate)
        picture = to_network(plate.image, plate.meta.colorspace)
        proxy = proxy_image(picture) if demand.proxy else None
        return LoadedFrame(demand.frame, plate, picture if demand.picture else None, proxy)
