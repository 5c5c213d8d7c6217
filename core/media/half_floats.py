"""Half floats, which numpy converts one after the other: torch and OpenCV take a quarter of the time and less."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.media.frame_meta import FloatImage

HalfImage: TypeAlias = npt.NDArray[np.float16]


def as_floats(image: npt.NDArray[np.floating]) -> FloatImage:
    """An image of half or other floats as float32, contiguous."""
    whole = _whole(image)
    if whole.dtype != np.float16:
        return whole.astype(np.float32, copy=False)
    import torch  # slow to import, and whoever looks at a shot without computing does without

    return np.asarray(torch.from_numpy(whole).float().numpy())


def chosen_floats(stored: npt.NDArray[np.floating], channels: list[int]) -> FloatImage:
    """Channels of an image (h, w, C) in that order; a lone one is repeated in a fraction of the time of numpy."""
    if stored.shape[2] == 1 and len(channels) == 3:
        return np.asarray(cv2.cvtColor(as_floats(stored), cv2.COLOR_GRAY2RGB), np.float32)
    return as_floats(stored if channels == list(range(stored.shape[2])) else stored[..., channels])


def as_halfs(image: FloatImage) -> HalfImage:
    """A float32 image rounded to the nearest half floats, ties to even; beyond 65504 they are infinite."""
    import torch  # as above

    return np.asarray(torch.from_numpy(_whole(image)).half().numpy())


def four_times(image: HalfImage) -> HalfImage:
    """(H, W, 1) to four equal channels, (H, W, 4)."""
    bits = np.ascontiguousarray(image[..., 0]).view(np.uint16)
    return np.asarray(cv2.merge([bits] * 4)).view(np.float16)


def _whole(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Contiguous, and writable, or torch warns; a copy only where it is not."""
    return np.require(image, requirements=("C", "W"))
