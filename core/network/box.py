"""A rectangle of whole-frame pixels, and how a small whole-frame map is read inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Box:
    """A rectangle of full-resolution pixels; it may reach beyond the frame, where the frame is replicated."""

    top: int
    left: int
    height: int
    width: int

    @property
    def bottom(self) -> int:
        """First row below the rectangle."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """First column to the right of the rectangle."""
        return self.left + self.width

    def grown(self, margin: int, inside: Box) -> Box:
        """The rectangle with `margin` pixels more on each side, as far as they lie in `inside`."""
        top, left = max(inside.top, self.top - margin), max(inside.left, self.left - margin)
        bottom, right = min(inside.bottom, self.bottom + margin), min(inside.right, self.right + margin)
        return Box(top, left, bottom - top, right - left)

    def seen_from(self, outer: Box) -> Box:
        """The rectangle in the pixels of one that it lies in."""
        return Box(self.top - outer.top, self.left - outer.left, self.height, self.width)


def contains(outer: Box, inner: Box) -> bool:
    """Whether `inner` lies wholly inside `outer`."""
    rows = outer.top <= inner.top and inner.bottom <= outer.bottom
    return rows and outer.left <= inner.left and inner.right <= outer.right


def whole(size: Sequence[int]) -> Box:
    """The rectangle of all pixels of a picture of (H, W)."""
    return Box(0, 0, size[0], size[1])


@dataclass(frozen=True)
class View:
    """A part of a frame that is looked at instead of the whole."""

    box: Box
    """In the frame's pixels."""
    frame_size: tuple[int, int]
    """(H, W)."""

    @property
    def is_whole(self) -> bool:
        """Whether it shows the whole frame."""
        return self.box == whole(self.frame_size)


def crop(source: Tensor, box: Box, stride: int = 1) -> Tensor:
    """The part of a map (..., h, w) at `stride` that lies in `box`, whose sides are multiples of it; a view."""
    rows, columns = slice(box.top // stride, box.bottom // stride), slice(box.left // stride, box.right // stride)
    return source[..., rows, columns]


def resample(source: Tensor, box: Box, frame_size: tuple[int, int], stride: int = 1) -> Tensor:
    """Bilinear values of a whole-frame map at the pixel centres of `box`, on the grid of `stride`.

    The positions depend on whole-frame coordinates alone, so that a pixel gets the same value in every tile.

    Args:
        source: (B, C, h, w), covers the whole frame at any resolution.
        box: the tile, in full-resolution pixels; height and width are multiples of `stride`. What lies beyond the frame
            reads its edge.
        frame_size: (H, W) of the frame at full resolution.
        stride: full-resolution pixels for one output pixel.

    Returns:
        (B, C, box.height / stride, box.width / stride).
    """
    rows = _lerp_axis(source, 2, box.top, box.height, frame_size[0], stride)
    return _lerp_axis(rows, 3, box.left, box.width, frame_size[1], stride)


def _lerp_axis(source: Tensor, axis: int, start: int, length: int, extent: int, stride: int) -> Tensor:
    lower, upper, share = between(source.shape[axis], start, length, extent, stride)
    # Apple's GPU has no float64, and may read what is not waited for after it is gone
    places = (x.to(source.device, non_blocking=source.is_cuda) for x in (lower, upper, share.to(source.dtype)))
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    before, after, weight = places
    parts = source.index_select(axis, before), source.index_select(axis, after)
    return torch.lerp(*parts, weight.reshape(shape))


def between(size: int, start: int, length: int, extent: int, stride: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """Where the pixels of a tile lie on one axis of a whole-frame map.

    Args:
        size: of the map.
        start: of the tile, in full-resolution pixels, as the next two.
        length: of the tile.
        extent: of the frame.
        stride: full-resolution pixels for one output pixel.

    Returns:
        (length / stride,) each: the indices before and after, int64, and the share of the one after, float64.
    """
    centres = (torch.arange(length // stride, dtype=torch.float64) + 0.5) * stride + start
    position = (centres * (size / extent) - 0.5).clamp(0, size - 1)
    lower = position.floor().long()
    return lower, (lower + 1).clamp(max=size - 1), position - lower
