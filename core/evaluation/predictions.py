"""Our networks over whole clips, as the engine runs them, on clips that fit in memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stfam.core.network.box import Box
from stfam.core.network.matting import FrameFeatures, MattingNetwork
from stfam.core.network.propagation import MemoryFrame, PropagationNetwork
from stfam.core.network.proxy import proxy_size, shrink_image, shrink_trimap, trimap_probabilities

RECENT_FRAMES = 2
STEP = 16


@torch.inference_mode()
def matte_clip(network: MattingNetwork, images: npt.NDArray[np.uint8], trimaps: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Alphas (T, H, W) of a clip (T, H, W, 3) with a trimap (T, H, W) for every frame, each frame in one tile."""
    frames = [_encode(network, image, trimap) for image, trimap in zip(images, trimaps)]
    n, last = network.config.window, len(frames) - 1
    out = []
    for t, trimap in enumerate(trimaps):
        alpha = network.decode([frames[min(max(t + i, 0), last)] for i in range(-n, n + 1)])
        inside = alpha[0, 0, : trimap.shape[0], : trimap.shape[1]].float().numpy()
        out.append(np.where(trimap == 128, inside, trimap == 255))
    return np.stack(out).astype(np.float32)


@torch.inference_mode()
def propagate_clip(network: PropagationNetwork, images: npt.NDArray[np.uint8], key: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Trimaps (T, H, W) of a clip (T, H, W, 3) from the key of its first frame."""
    frame_size = (images.shape[1], images.shape[2])
    size = proxy_size(frame_size)
    first = network.encode(shrink_image(_tensor(images[0]), size))
    shares = trimap_probabilities(torch.from_numpy(key)[None, None], size)
    painted = [network.memorise(first, shares, keyframe=True)]
    recent: list[MemoryFrame] = []
    out = [key]
    for image in images[1:]:
        features = network.encode(shrink_image(_tensor(image), size))
        logits = network.read(features, painted + recent)
        recent = [*recent, network.memorise(features, logits.softmax(1))][-RECENT_FRAMES:]
        grown = torch.nn.functional.interpolate(logits, frame_size, mode="bilinear", align_corners=False)
        out.append(np.array([0, 128, 255], np.uint8)[grown[0].argmax(0).numpy()])
    return np.stack(out)


def _encode(network: MattingNetwork, image: npt.NDArray[np.uint8], trimap: npt.NDArray[np.uint8]) -> FrameFeatures:
    frame_size = (image.shape[0], image.shape[1])
    plate, labels = _tensor(image), torch.from_numpy(trimap)[None, None]
    size = proxy_size(frame_size)
    context = network.context(shrink_image(plate, size), shrink_trimap(labels, size))
    padding = (0, -frame_size[1] % STEP, 0, -frame_size[0] % STEP)
    plate = torch.nn.functional.pad(plate, padding, mode="replicate")
    labels = torch.nn.functional.pad(labels.float(), padding, mode="replicate").byte()
    box = Box(0, 0, plate.shape[2], plate.shape[3])
    return network.encode(plate, labels, context, box, frame_size)


def _tensor(image: npt.NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255
