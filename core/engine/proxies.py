"""A whole frame at the small size that propagation and the context path work on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.network.proxy import proxy_size, shrink_image, shrink_trimap, trimap_probabilities


def proxy_image(image: npt.NDArray[np.float32]) -> Tensor:
    """Area-averaged proxy: (H, W, 3) float32 -> (1, 3, h, w) on the CPU, so that every device sees the same."""
    size = proxy_size((image.shape[0], image.shape[1]))
    return shrink_image(torch.from_numpy(image).permute(2, 0, 1)[None], size).contiguous()


def proxy_trimap(trimap: npt.NDArray[np.uint8]) -> Tensor:
    """(H, W) uint8 -> (1, 1, h, w) uint8, known only where all that a pixel covers is."""
    return shrink_trimap(torch.from_numpy(trimap)[None, None], proxy_size((trimap.shape[0], trimap.shape[1])))


def proxy_shares(trimap: npt.NDArray[np.uint8]) -> Tensor:
    """Shares of background, unknown and foreground: (H, W) uint8 -> (1, 3, h, w)."""
    return trimap_probabilities(torch.from_numpy(trimap)[None, None], proxy_size((trimap.shape[0], trimap.shape[1])))
