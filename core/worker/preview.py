"""A frame's alpha at proxy size, as soon as it can be had."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch

from stfam.core.engine.device_memory import choose_device
from stfam.core.engine.matte import matte
from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.matte_job import Alpha
from stfam.core.engine.proxies import proxy_image, proxy_shares
from stfam.core.engine.reduced_scale import reduced_size, reduced_trimap
from stfam.core.engine.trimap_growth import grow_trimap, quantised
from stfam.core.errors import DeviceMemoryError, InputError
from stfam.core.media.colour import to_network
from stfam.core.media.frame_meta import FloatImage
from stfam.core.networks import Networks, on_device
from stfam.core.out_of_memory import memory_errors
from stfam.core.shot import Settings
from stfam.core.trimap import Trimap
from stfam.core.worker.open_plate import OpenPlate
from stfam.core.worker.results import Results

LONG_SIDE = 512
"""Pixels of the longer side of a preview."""


def preview_alpha(results: Results, plate: OpenPlate, frame: int, networks: Networks) -> Alpha | None:
    """Alpha (h, w) of one frame on its own, without its neighbours; None where the frame cannot be read or carrying a
    trimap to it takes more memory than there is.

    The trimap is the painted or propagated one; where there is none yet, the nearest key's is carried here in one step.
    """
    settings = results.shot.settings
    scale = min(1.0, LONG_SIDE / max(plate.size))
    try:
        with memory_errors():
            image = _network_image(plate, frame, scale)
            solved = results.trimap(frame)
            if solved is not None:
                trimap = solved.pixels if scale == 1.0 else reduced_trimap(solved.pixels, scale)
            else:
                trimap = _carried_trimap(results, plate, frame, image, scale, networks)
    except (InputError, DeviceMemoryError):
        return None  # the job that follows says what is wrong, and goes on with the CPU where it can
    if trimap.shape != image.shape[:2]:
        trimap = cv2.resize(trimap, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return _alpha(settings, frame, image, trimap, networks)


def warm_up(settings: Settings, networks: Networks) -> None:
    """Have both networks ready and matte a few pixels, so that the first preview waits for neither.

    Raises:
        WeightsError: the weights are missing or damaged.
    """
    trimap = np.full((64, 64), 128, np.uint8)
    trimap[:16], trimap[-16:] = 0, 255
    _alpha(settings, 0, np.full((64, 64, 3), 0.5, np.float32), trimap, networks)
    on_device(networks.propagation, settings.propagation_weights, choose_device(settings.device))


def _alpha(settings: Settings, frame: int, image: FloatImage, trimap: Trimap, networks: Networks) -> Alpha | None:
    network, device = on_device(networks.matting, settings.weights, choose_device(settings.device))
    given = MatteInput(frame, trimap, image)
    mattes = matte([given], network, window=0, tile="auto", device=device, side_by_side=False)
    return next((alpha for _, alpha in mattes), None)


def _carried_trimap(
    results: Results,
    plate: OpenPlate,
    frame: int,
    image: FloatImage,
    scale: float,
    networks: Networks,
) -> Trimap:
    keys = sorted((key.frame for key in results.shot.keys), key=lambda key: abs(key - frame))
    painted = results.trimap(keys[0])
    assert painted is not None
    settings = results.shot.settings
    load, weights = networks.propagation, settings.propagation_weights
    network, device = on_device(load, weights, choose_device(settings.device))
    with torch.inference_mode():
        key = _memory(network, _network_image(plate, keys[0], scale), painted.pixels, device)
        features = network.encode(proxy_image(image).to(device))
        shares = quantised(torch.softmax(network.read(network.recall(features, [key]), ()), 1))
    return grow_trimap(shares, (image.shape[0], image.shape[1]))


def _memory(network: Any, image: FloatImage, trimap: Trimap, device: torch.device) -> Any:
    features = network.encode(proxy_image(image).to(device))
    return network.memorise(features, proxy_shares(trimap).to(device))


def _network_image(plate: OpenPlate, frame: int, scale: float) -> FloatImage:
    read = plate.read(frame)
    size = reduced_size(plate.size, scale)
    small = read.image if scale == 1.0 else cv2.resize(read.image, size[::-1], interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(to_network(np.asarray(small, np.float32), read.meta.colorspace))
