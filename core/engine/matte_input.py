"""Frames on their way to the matting network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt
from torch import Tensor

from stfam.core.engine.borrow import Seen
from stfam.core.engine.keyframe_spans import Lending
from stfam.core.engine.proxies import proxy_image, proxy_trimap
from stfam.core.engine.steady import Picture
from stfam.core.media.frame_meta import FloatImage
from stfam.core.network.box import Box, whole


@dataclass(frozen=True)
class MatteInput:
    """A frame with its trimap and what it may borrow."""

    frame: int
    trimap: npt.NDArray[np.uint8] | None
    """(H, W) in {0, 128, 255}; None for a frame that could not be read: its neighbours stand for it."""
    image: FloatImage | None
    """(H, W, 3) display-encoded in [0, 1]; None where only the trimap is needed, to plan the tiles of others."""
    wanted: bool = True
    """Whether its alpha is asked for, or it only serves the windows of others."""
    starts_run: bool = False
    """True where the frames before it are not its neighbours."""
    proxy: Tensor | None = None
    """(1, 3, h, w) of `proxies.proxy_image`, where the caller has it already."""
    lending: Lending = Lending()
    """The frames that may show it its background."""

    _pictures: dict[Box, Picture] = field(default_factory=dict, init=False, repr=False, compare=False)

    def picture(self, view: Box) -> Picture:
        """The image with a view's proxy and its trimap's, made once for all windows that the frame is in."""
        assert self.image is not None and self.trimap is not None
        if view not in self._pictures:
            proxy = self.proxy if view == whole(self.trimap.shape) else None
            proxy = proxy_image(self.image, view) if proxy is None else proxy
            self._pictures[view] = Picture(Seen(proxy, proxy_trimap(self.trimap, view)), self.image)
        return self._pictures[view]


def runs(inputs: Iterable[MatteInput]) -> Iterator[Iterator[MatteInput]]:
    """Cut a stream where a frame starts a run; each run must be used up before the next is asked for."""
    source = iter(inputs)
    ahead = list(islice(source, 1))

    def run(first: MatteInput) -> Iterator[MatteInput]:
        yield first
        for item in source:
            if item.starts_run:
                ahead.append(item)
                return
            yield item

    while ahead:
        yield run(ahead.pop())
