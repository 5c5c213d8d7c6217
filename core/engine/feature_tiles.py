"""Pictures and network features cut to a rectangle of the frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.engine.precision import to_device
from stfam.core.media.frame_meta import FloatImage
from stfam.core.network.box import Box, crop


def image_tile(image: FloatImage, box: Box, device: torch.device) -> Tensor:
    """(H, W, 3) float32 -> (1, 3, box.height, box.width), channels last; replicated beyond the frame."""
    # the new axis before the permutation: after it, torch would not take the strides for channels last
    pixels = torch.from_numpy(_cut_array(image, box))[None]
    return to_device(pixels.permute(0, 3, 1, 2), device)


def trimap_tile(trimap: npt.NDArray[np.uint8], box: Box, device: torch.device) -> Tensor:
    """(H, W) uint8 -> (1, 1, box.height, box.width) uint8; replicated beyond the frame."""
    return to_device(torch.from_numpy(_cut_array(trimap, box))[None, None], device)


def crop_features(features: Any, region: Box, box: Box) -> Any:
    """The part of a region's features that belongs to a box inside it.

    Features are a tensor, or a dataclass, mapping or sequence of them; every tensor is (B, C, h, w) and covers the
    whole region at an integer stride. Views, no copies.
    """
    if region == box:
        return features
    return _map_tensors(features, lambda tensor: _crop_tensor(tensor, region, box))


def move_features(features: Any, device: torch.device) -> Any:
    """The same features on another device, in float32 on the CPU, which computes in it."""
    return _map_tensors(features, lambda tensor: _moved(tensor, device))


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    if device.type == "cpu" and tensor.is_floating_point():
        return tensor.to(device, torch.float32)
    return tensor.to(device)


def _crop_tensor(tensor: Tensor, region: Box, box: Box) -> Tensor:
    return crop(tensor, box.seen_from(region), region.height // tensor.shape[2])


def _map_tensors(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: _map_tensors(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_map_tensors(item, change) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _map_tensors(getattr(value, f.name), change) for f in fields(value)})
    return value


def _cut_array(array: npt.NDArray[Any], box: Box) -> npt.NDArray[Any]:
    height, width = array.shape[:2]
    part = array[box.top : min(box.bottom, height), box.left : min(box.right, width)]
    below, beside = box.bottom - box.top - part.shape[0], box.width - part.shape[1]
    if below or beside:
        return np.pad(part, [(0, below), (0, beside)] + [(0, 0)] * (array.ndim - 2), mode="edge")
    return np.ascontiguousarray(part)
