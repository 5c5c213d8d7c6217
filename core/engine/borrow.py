"""The background that a frame's unknown region hides, borrowed from neighbours that show it.

What the band around the foreground hides in one frame is plain background in another, once the two have moved against
each other. The background's motion is known where both frames show it and look the same, and is diffused into the band;
there the neighbour is read, and counts where its own trimap says background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.network.backdrop import FEWEST_PIXELS, Backdrop
from stfam.core.network.colour_diffusion import push_pull
from stfam.core.optical_flow import sample

Image = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

MOST_DIFFERENCE = (12 / 255) ** 2
"""Median squared difference of the known background beyond which a neighbour was not followed, or is another shot's."""
AGREEMENT, LEAST_DIFFERENCE = 2.0, (2 / 255) ** 2
"""How far a patch of the known background may differ from the neighbour's for its motion to be believed: in medians of
the difference, and at least."""
PATCH = 5
FARTHEST = 24.0
"""Motion of the known background beyond which nothing is borrowed, proxy pixels: what passes by so fast shows all that
the band hides, but not exactly where it is.
"""
BELIEVED = 0.3
"""Share of the known background around a pixel whose motion must be believed."""
GAINS = (0.5, 2.0)
"""Of a neighbour's exposure, in display values."""
SAMPLE = 2
"""Every other pixel of every other row tells the medians."""
WHOLLY = 0.999
"""Share of background in the pixels that a position lies between."""


@dataclass(frozen=True)
class Seen:
    """A frame at proxy size: (1, 3, h, w) display-encoded in [0, 1], its trimap (1, 1, h, w) uint8."""

    proxy: Tensor
    trimap: Tensor


def borrowed_backdrop(centre: Seen, others: Sequence[Seen], flows: Sequence[Image]) -> Backdrop | None:
    """The backdrop of a frame, the mean of what its neighbours show; None where they show nothing.

    Args:
        centre: the frame.
        others: its neighbours, of the same size.
        flows: (h, w, 2) each, from the frame to the neighbour, pixels.
    """
    here, background = interleaved(centre.proxy), centre.trimap[0, 0].numpy() == 0
    total, count = np.zeros_like(here), np.zeros(background.shape, np.float32)
    for other, flow in zip(others, flows, strict=True):
        borrowed = _borrowed(here, background, other, flow)
        if borrowed is not None:
            colours, seen = borrowed
            cv2.add(total, colours, total, seen.view(np.uint8))
            count += seen
    if not count.any():
        return None
    colour = total / np.maximum(count, 1)[..., None]
    return Backdrop(
        torch.from_numpy(colour).permute(2, 0, 1)[None].contiguous(), torch.from_numpy(count > 0)[None, None].float()
    )


def squared_difference(here: Image, there: Image) -> Image:
    """Mean over the channels of two pictures: (H, W, 3) each -> (H, W)."""
    difference = there - here
    return np.asarray(cv2.transform(difference * difference, np.full((1, 3), 1 / 3, np.float32)), np.float32)


def interleaved(proxy: Tensor) -> Image:
    """(1, C, h, w) -> (h, w, C)."""
    return np.ascontiguousarray(proxy[0].permute(1, 2, 0).numpy())


def _borrowed(here: Image, background: Mask, other: Seen, flow: Image) -> tuple[Image, Mask] | None:
    """What one neighbour shows: colours (h, w, 3), and where; None for a neighbour that cannot be followed."""
    colours, seen = _followed(other, flow)
    common = background & seen
    some = common[::SAMPLE, ::SAMPLE]
    if np.count_nonzero(some) < FEWEST_PIXELS:
        return None
    gain = _gain(here[::SAMPLE, ::SAMPLE][some], colours[::SAMPLE, ::SAMPLE][some])
    difference = cv2.blur(squared_difference(here, _graded(colours, gain)), (PATCH, PATCH))
    usual = float(np.median(difference[::SAMPLE, ::SAMPLE][some]))
    if usual > MOST_DIFFERENCE:
        return None
    if np.median(np.hypot(flow[..., 0], flow[..., 1])[::SAMPLE, ::SAMPLE][some]) > FARTHEST:
        return None
    agreed = common & (difference <= max(AGREEMENT * usual, LEAST_DIFFERENCE))
    believed = _diffused(agreed[..., None].astype(np.float32), common)[..., 0] > BELIEVED
    colours, seen = _followed(other, _diffused(flow, agreed))
    return _graded(colours, gain), seen & believed


def _diffused(values: Image, known: Mask) -> Image:
    """Values (h, w, C) that are known in places, everywhere."""
    weight = torch.from_numpy(known.astype(np.float32))[None, None]
    return interleaved(push_pull(torch.from_numpy(values).permute(2, 0, 1)[None], weight))


def _followed(other: Seen, flow: Image) -> tuple[Image, Mask]:
    """The neighbour's colours (h, w, 3) where the flow leads, and where that is background inside the frame."""
    height, width = flow.shape[:2]
    rows, columns = np.indices((height, width), np.float32)
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    background = sample((other.trimap[0, 0].numpy() == 0).astype(np.float32), x, y) > WHOLLY
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return sample(interleaved(other.proxy), x, y), background & inside


def _gain(here: Image, there: Image) -> Image:
    """(3,): how much brighter the frame is than its neighbour, by the medians of the same pixels (N, 3)."""
    ratio = np.median(here, 0) / np.maximum(np.median(there, 0), 1 / 255)
    return np.asarray(ratio.clip(*GAINS), np.float32)


def _graded(colours: Image, gain: Image) -> Image:
    return np.asarray(cv2.transform(colours, np.diag(gain)), np.float32)
