"""The plate as the engine wants it: pictures for the network, proxies and errors that belong to a frame."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stfam.core.engine.propagate import ProxyFrame
from stfam.core.engine.proxies import Proxies
from stfam.core.errors import InputError, UnreadableFrameError
from stfam.core.media.colour import to_network
from stfam.core.media.frame_meta import FloatImage, FrameMeta
from stfam.core.media.plate import Plate, PlateFrame

BACKWARD_BLOCK = 8
"""Frames that a backward pass reads at a time: in order inside a block, as a movie decodes."""


@dataclass(frozen=True)
class Demand:
    """What is wanted of a frame."""

    frame: int
    picture: bool = False
    """As the matting network sees it."""
    proxies: bool = False
    """As the propagation network sees it."""
    colours: bool = False
    """As stored, for the foreground."""


@dataclass(frozen=True)
class LoadedFrame:
    """A plate frame in the forms that were wanted, or the error that kept it from being read."""

    frame: int
    meta: FrameMeta | None = None
    colours: FloatImage | None = None
    """(H, W, 3) as stored in the plate."""
    picture: FloatImage | None = None
    """(H, W, 3) display-encoded in [0, 1]."""
    proxies: Proxies | None = None
    error: InputError | None = None
    warning: str | None = None
    """What was wrong with its pixels and was mended."""


class PlateReader:
    """Has a plate, which one thread at a time may read."""

    def __init__(self, plate: Plate) -> None:
        self._plate = plate
        self._size: tuple[int, int] | None = None
        self._lock = threading.Lock()

    def load(self, demands: Iterable[Demand]) -> Iterator[LoadedFrame]:
        """Frames as demanded, in order; a frame that cannot be read comes with its error."""
        for demand in demands:
            yield self._load(demand) if demand.picture or demand.proxies else LoadedFrame(demand.frame)

    def proxies(self, frames: Sequence[int]) -> Iterator[ProxyFrame]:
        """Proxies in the order given, forwards or backwards; None for a frame that cannot be read."""
        for start in range(0, len(frames), BACKWARD_BLOCK):
            block = frames[start : start + BACKWARD_BLOCK]
            loaded = {frame: self._load(Demand(frame, proxies=True)) for frame in sorted(block)}
            for frame in block:
                yield ProxyFrame(frame, loaded[frame].proxies, loaded[frame].error)

    def read(self, frame: int) -> PlateFrame:
        """One frame of the plate.

        Raises:
            InputError: it is missing, cannot be read, or is not of the size of those before it.
        """
        with self._lock:
            plate = self._plate.read(frame)
        size = self._size = self._size or plate.meta.size
        if plate.meta.size != size:
            found, expected = ("x".join(map(str, s[::-1])) for s in (plate.meta.size, size))
            raise UnreadableFrameError(
                f"Frame {frame} of {self._plate.name} is {found}, the others are {expected}.", frame=frame
            )
        return plate

    def _load(self, demand: Demand) -> LoadedFrame:
        try:
            plate = self.read(demand.frame)
        except InputError as error:
            return LoadedFrame(demand.frame, error=error)
        picture = to_network(plate.image, plate.meta.colorspace)
        return LoadedFrame(
            frame=demand.frame,
            meta=plate.meta,
            colours=plate.image if demand.colours else None,
            picture=picture if demand.picture else None,
            proxies=Proxies.of(picture) if demand.proxies else None,
            warning=_warning(plate),
        )


def _warning(plate: PlateFrame) -> str | None:
    if not plate.bad_pixels or plate.first_bad is None:
        return None
    x, y = plate.first_bad
    many = f"{plate.bad_pixels} pixels that are" if plate.bad_pixels > 1 else "a pixel that is"
    where = "the first at" if plate.bad_pixels > 1 else "at"
    return f"Frame {plate.frame} has {many} not a number or infinite, {where} ({x}, {y}); filled from around."
