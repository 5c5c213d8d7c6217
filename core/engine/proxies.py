"""A frame, or a view of it, at the small size that propagation and the context path work on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.engine.reduced_scale import reduced_image
from stfam.core.engine.views import view_size
from stfam.core.media.frame_meta import FloatImage
from stfam.core.network.box import Box, whole
from stfam.core.network.proxy import LONG_SIDE, shrink_image, shrink_trimap, trimap_probabilities

NEAR_SIDE = 2048
"""Pixels of the longer side of what views are taken from, at most."""


@dataclass(frozen=True)
class Proxies:
    """What propagation keeps of a frame until it knows where to look."""

    frame_size: tuple[int, int]
    """(H, W)."""
    whole: Tensor
    """(1, 3, h, w) of `proxy_image`."""
    near: Tensor | None
    """(h', w', 3) half floats, no longer than `NEAR_SIDE`; None where the proxy is the frame."""

    @classmethod
    def of(cls, image: FloatImage) -> Proxies:
        """Of a frame, (H, W, 3) display-encoded in [0, 1]."""
        size = (image.shape[0], image.shape[1])
        parts = math.ceil(max(size) / NEAR_SIDE)
        near = image if parts == 1 else reduced_image(image, 1 / parts)
        return cls(size, proxy_image(image), torch.from_numpy(near).half() if max(size) > LONG_SIDE else None)

    def seen(self, view: Box) -> Tensor:
        """The view's proxy, (1, 3, h, w)."""
        if self.near is None or view == whole(self.frame_size):
            return self.whole
        down, across = (ours / all_ for ours, all_ in zip(self.near.shape, self.frame_size))
        rows = slice(round(view.top * down), round(view.bottom * down))
        columns = slice(round(view.left * across), round(view.right * across))
        shown = self.near[rows, columns].float()
        small = shrink_image(shown.permute(2, 0, 1)[None], view_size(view, self.frame_size))
        return small.contiguous(memory_format=torch.channels_last)


def proxy_image(image: FloatImage, view: Box | None = None) -> Tensor:
    """Area-averaged proxy: (H, W, 3) float32 -> (1, 3, h, w), channels last, on the CPU: every device sees the same."""
    shown, size = _shown(image, view)
    return shrink_image(shown.permute(2, 0, 1)[None], size).contiguous(memory_format=torch.channels_last)


def proxy_trimap(trimap: npt.NDArray[np.uint8], view: Box | None = None) -> Tensor:
    """(H, W) uint8 -> (1, 1, h, w) uint8, known only where all that a pixel covers is."""
    shown, size = _shown(trimap, view)
    return shrink_trimap(shown[None, None], size)


def proxy_shares(trimap: npt.NDArray[np.uint8], view: Box | None = None) -> Tensor:
    """Shares of background, unknown and foreground: (H, W) uint8 -> (1, 3, h, w)."""
    shown, size = _shown(trimap, view)
    return trimap_probabilities(shown[None, None], size)


def _shown(array: npt.NDArray[np.generic], view: Box | None) -> tuple[Tensor, tuple[int, int]]:
    frame_size = (array.shape[0], array.shape[1])
    box = whole(frame_size) if view is None else view
    return torch.from_numpy(array[box.top : box.bottom, box.left : box.right]), view_size(box, frame_size)
