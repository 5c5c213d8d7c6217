"""One frame's pictures and everything that was computed from them; held frames share one record."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from stfam.core.engine.feature_tiles import crop_features, image_tile, move_features, trimap_tile
from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.networks import Matting
from stfam.core.engine.precision import to_device
from stfam.core.engine.steady import SteadyPlate
from stfam.core.engine.strip import Surroundings, Vantage
from stfam.core.engine.views import unknown_view
from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import Box, contains


@dataclass
class FrameRecord:
    """Owner of a frame's features: they end with the record, when the window has moved on."""

    trimap: npt.NDArray[np.uint8]
    plate: SteadyPlate | None
    """The frame and its neighbours; None once everything is encoded, or where only the trimap is needed."""
    vantage: Vantage | None = None
    """The frame as it borrows; None where nobody borrows, at n = 0."""
    surroundings: Surroundings | None = None
    """The frames that may lend to it; until the context is made."""
    context: Any = None
    features: dict[Box, Any] = field(default_factory=dict)
    begun: dict[Box, Future[None]] = field(default_factory=dict)
    """Regions that a lane was asked to encode."""
    is_matted: bool = False
    """Whether its own alpha is known: others' windows alone read its features now."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        near: Sequence[MatteInput],
        centre: int,
        reach: int,
        vantage: Vantage | None,
        previous: FrameRecord | None,
    ) -> FrameRecord | None:
        """The frame's record: the previous one where plate, neighbours and trimap are the same.

        Args:
            near: the frame among its neighbours, without those of another run.
            centre: its index in `near`.
            reach: neighbours on each side that steady it.
            vantage: the frame as it borrows.
            previous: the record of the frame before it.
        """
        given = near[centre]
        if given.trimap is None:
            return None
        plate = None if given.image is None else _steady_plate(near, centre, reach, vantage)
        if previous is not None and previous.holds(given.trimap, plate, vantage):
            return previous
        return cls(given.trimap, plate, vantage)

    @property
    def frame_size(self) -> tuple[int, int]:
        """(H, W)."""
        return self.trimap.shape[0], self.trimap.shape[1]

    def holds(self, trimap: npt.NDArray[np.uint8], plate: SteadyPlate | None, vantage: Vantage | None) -> bool:
        """Whether a frame has the same plate, in the same surroundings, and the same trimap, and neither borrows."""
        if self.plate is None or plate is None or self.is_matted:
            return False
        if not all(each is None or each.held for each in (self.vantage, vantage)):
            return False
        return np.array_equal(self.trimap, trimap) and self.plate.equals(plate)

    def region(self, box: Box, regions: tuple[Box, ...]) -> Box:
        """The region that a tile's features are cut from: one that is encoded, or else one of those planned."""
        return next(region for region in (*self.features, *regions) if contains(region, box))

    def tile(self, box: Box, regions: tuple[Box, ...], network: Matting, device: torch.device) -> Any:
        """Features of a tile, encoded at most once, whichever windows ask for them."""
        region = self.region(box, regions)
        self.encode(region, network, device)
        return crop_features(self.features[region], region, box)

    def encode(self, region: Box, network: Matting, device: torch.device) -> None:
        """Encode a region, unless it is already."""
        with self._lock:
            if region not in self.features:
                # another, because threads may be going through this one
                made = self._encode(region, network, device)
                self.features = {**self.features, region: network.as_neighbour(made) if self.is_matted else made}

    def release_features(self) -> None:
        """Let go of everything, once no window reads it any more."""
        self.plate = None
        self.features, self.begun = {}, {}

    def release_detail(self, network: Matting) -> None:
        """Let go of what is read for the frame's own alpha alone, once that is known."""
        with self._lock:
            self.is_matted = True
            self.features = {region: network.as_neighbour(made) for region, made in self.features.items()}

    def release_plate(self, regions: tuple[Box, ...]) -> None:
        """Let go of the pictures once everything that was planned is encoded."""
        if all(any(contains(encoded, region) for encoded in self.features) for region in regions):
            self.plate = None

    def move(self, device: torch.device) -> None:
        """Take everything to another device."""
        self.context = move_features(self.context, device)
        self.features = {box: move_features(features, device) for box, features in self.features.items()}

    def _encode(self, region: Box, network: Matting, device: torch.device) -> Any:
        if self.plate is None:
            raise ValueError("a frame inside the window came without its picture")
        if self.context is None:
            backdrop = None if self.surroundings is None else self.surroundings.backdrop()
            proxy, trimap = to_device(self.plate.proxy(), device), to_device(self.plate.centre.seen.trimap, device)
            self.context = network.context(proxy, trimap, _on(device, backdrop))
            self.surroundings = None
            if self.vantage is not None:
                self.vantage.forget_flows()
        part = image_tile(self.plate.tile(region), Box(0, 0, region.height, region.width), device)
        trimap = trimap_tile(self.trimap, region, device)
        view = self.plate.view
        return network.encode(part, trimap, self.context, region.seen_from(view), (view.height, view.width))


def _steady_plate(near: Sequence[MatteInput], centre: int, reach: int, vantage: Vantage | None) -> SteadyPlate:
    given = near[centre]
    assert given.trimap is not None
    view = unknown_view(given.trimap) if vantage is None else vantage.view
    others = (*near[max(0, centre - reach) : centre], *near[centre + 1 : centre + 1 + reach])
    pictures = [other.picture(view) for other in others if other.image is not None]
    return SteadyPlate(given.picture(view), pictures, view, None if vantage is None else vantage.flow_to)


def _on(device: torch.device, backdrop: Backdrop | None) -> Backdrop | None:
    return backdrop and Backdrop(to_device(backdrop.colour, device), to_device(backdrop.known, device))
