"""Our networks over whole clips, through the same engine that renders, for clips that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.engine.matte import matte
from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.networks import Matting, Propagation
from stfam.core.engine.propagate import Keyframes, ProxyFrame, propagate
from stfam.core.engine.proxies import Proxies
from stfam.core.evaluation.metrics import Alphas, Pixels

Device = torch.device | str


def matte_clip(
    network: Matting, images: Pixels, trimaps: Pixels, *, window: int | None = None, device: Device = "cpu"
) -> Alphas:
    """Alphas of a clip with a trimap for every frame.

    Args:
        network: in eval mode, on `device`.
        images: (T, H, W, 3) display-encoded.
        trimaps: (T, H, W) in {0, 128, 255}.
        window: n, at most the network's own; its own when None.
        device: where the network is.

    Returns:
        (T, H, W) in [0, 1].
    """
    inputs = (MatteInput(t, trimaps[t], _display(images[t])) for t in range(len(images)))
    return np.stack([alpha for _, alpha in matte(inputs, network, window=window, device=device)])


def propagate_clip(network: Propagation, images: Pixels, key: Pixels, *, device: Device = "cpu") -> Pixels:
    """Trimaps (T, H, W) of a clip (T, H, W, 3) from the key (H, W) of its first frame, which comes back verbatim."""
    times = range(len(images))

    def proxies(frames: Sequence[int]) -> Iterator[ProxyFrame]:
        return (ProxyFrame(frame, Proxies.of(_display(images[frame]))) for frame in frames)

    carried = propagate(
        proxies(times),
        Keyframes((0,), lambda _: key),
        keyframe_spans(times, (0,)),
        network,
        wanted=times,
        read_proxies=proxies,
        device=device,
    )
    return np.stack([trimap for _, trimap in carried])


def _display(image: Pixels) -> Alphas:
    return image.astype(np.float32) / np.float32(255)
