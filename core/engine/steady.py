"""A plate with less noise: each pixel's mean over the frames around it, along their motion, where they agree.

A matte boils when the plate's noise changes from frame to frame. The mean over 2n+1 frames that slides along changes
by a fifth of the noise at n = 2, and thin hair survives it, because neighbours are followed by optical flow and
trusted, patch by patch, as far as they differ by noise alone (the weights of Buades, Coll and Morel, "A Non-Local
Algorithm for Image Denoising").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.engine.borrow import Seen
from stfam.core.engine.steady_kernel import follow, weigh_in
from stfam.core.media.frame_meta import FloatImage
from stfam.core.network.box import Box, whole
from stfam.core.network.compiling import shared_out
from stfam.core.optical_flow import dis_flow

PATCH = 5
"""Side of the patch whose difference decides, pixels."""
TOLERANCE = 3.9
"""How far a patch may differ, in lower quartiles of the difference, before it loses trust. Where less than half a frame
could be followed the median would tell how much the rest differs, and everything would be trusted.
"""
LEAST_NOISE = (2 / 255) ** 2
MOST_NOISE = (24 / 255) ** 2
"""Squared difference beyond which it is no noise: a cut, or a motion that was not followed; the frame is left out."""
SAMPLE = 4
"""Every fourth pixel of every fourth row tells the noise."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A frame as the steadying reads it: a view at proxy size, and the whole, (H, W, 3) display-encoded."""

    seen: Seen
    image: FloatImage


class SteadyPlate:
    """One frame and the frames around it, of the same size; held ones bring nothing new and are left out.

    `view` is the part of the frame that the proxies show, the whole without it; beyond it motion goes on as at its
    edge. `flow_to` finds the optical flow from the frame's view to another's.
    """

    def __init__(
        self,
        centre: Picture,
        others: Sequence[Picture],
        view: Box | None = None,
        flow_to: Callable[[Seen], FloatImage] | None = None,
    ) -> None:
        self.centre = centre
        self.view = whole(centre.image.shape[:2]) if view is None else view
        self.others: list[Picture] = []
        self._flow_to = partial(proxy_flow, centre.seen) if flow_to is None else flow_to
        for other in others:
            last = self.others[-1].image if self.others else None
            if not same_image(other.image, centre.image) and (last is None or not same_image(other.image, last)):
                self.others.append(other)

    def equals(self, other: SteadyPlate) -> bool:
        """Whether another frame and the frames around it look the same."""
        mine, theirs = (self.centre, *self.others), (other.centre, *other.others)
        alike = len(mine) == len(theirs) and all(same_image(a.image, b.image) for a, b in zip(mine, theirs))
        return self.view == other.view and alike

    def proxy(self) -> Tensor:
        """The steadied view at proxy size, (1, 3, h, w) in [0, 1]."""
        pictures = (self.centre, *self.others)
        centre, *others = (Picture(picture.seen, picture.seen.colours) for picture in pictures)
        small = SteadyPlate(centre, ())
        small.others, small._flows = others, self._flows  # the flows are those of the proxies already
        steadied = small.tile(small.view)
        return torch.from_numpy(steadied)[None].permute(0, 3, 1, 2)

    def tile(self, box: Box) -> FloatImage:
        """The steadied frame inside a box, which may reach beyond the frame: the part (h, w, 3) that lies in it."""
        height, width = self.centre.image.shape[:2]
        rows, columns = slice(box.top, min(box.bottom, height)), slice(box.left, min(box.right, width))
        part = np.ascontiguousarray(self.centre.image[rows, columns])
        total, weight = part.copy(), np.ones(part.shape[:2], np.float32)
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            for other, flow, noise in zip(self.others, self._flows, self._noise, strict=True):
                if noise <= MOST_NOISE:
                    there, difference = self._followed(pool, other, flow, part, rows, columns)
                    patches = cv2.blur(difference, (PATCH, PATCH))
                    pixels = there.reshape(-1), patches.reshape(-1), noise, total.reshape(-1), weight.reshape(-1)
                    shared_out(pool, weight.size, partial(weigh_in, *pixels))
        return np.asarray(total / weight[..., None], np.float32)

    @cached_property
    def _flows(self) -> list[FloatImage]:
        return [self._flow_to(other.seen) for other in self.others]

    @cached_property
    def _noise(self) -> list[float]:
        rows = slice(self.view.top, self.view.bottom, SAMPLE)
        columns = slice(self.view.left, self.view.right, SAMPLE)
        here = np.ascontiguousarray(self.centre.image[rows, columns])
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            followed = (self._followed(pool, *other, here, rows, columns) for other in zip(self.others, self._flows))
            quartiles = [float(np.percentile(difference, 25)) for _, difference in followed]
        return [max(TOLERANCE * quartile, LEAST_NOISE) for quartile in quartiles]

    def _followed(
        self, pool: ThreadPoolExecutor, other: Picture, flow: FloatImage, here: FloatImage, rows: slice, columns: slice
    ) -> tuple[FloatImage, FloatImage]:
        """Another frame moved onto some pixels of this one, (h, w, 3), and how much it differs from `here`, (h, w)."""
        there, difference = np.empty_like(here), np.empty(here.shape[:2], np.float32)
        view, (h, w) = self.view, flow.shape[:2]
        down, across = (np.arange(part.start, part.stop, part.step, dtype=np.float32) for part in (rows, columns))
        image = np.ascontiguousarray(other.image)
        scale = view.left, view.top, view.width / w, view.height / h
        work = partial(follow, image, flow, across, down, *scale, here, there, difference)
        shared_out(pool, len(down), work)
        return there, difference


def same_image(one: FloatImage, other: FloatImage) -> bool:
    """Whether two frames (H, W, 3) are equal; one pixel in 256 tells most of those that are not."""
    if one is other:
        return True
    coarse = (slice(None, None, 16), slice(None, None, 16))
    return np.array_equal(one[coarse], other[coarse]) and np.array_equal(one, other)


def proxy_flow(here: Seen, there: Seen) -> FloatImage:
    """Optical flow (h, w, 2), from one proxy to another."""
    return dis_flow(_bytes(here), _bytes(there))


def _bytes(seen: Seen) -> npt.NDArray[np.uint8]:
    return np.rint(seen.colours.clip(0, 1) * 255).astype(np.uint8)
