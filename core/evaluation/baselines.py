"""What our mattes are measured against: classical matting per frame on the same trimaps, and trimaps warped by flow."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.evaluation.metrics import warp

Images = npt.NDArray[np.uint8]
Alphas = npt.NDArray[np.float32]


def flat(image: Images, trimap: Images) -> Alphas:
    """The guess of half everywhere: (H, W, 3), (H, W) -> (H, W)."""
    return np.where(trimap == 128, 0.5, trimap / 255.0).astype(np.float32)


def closed_form(image: Images, trimap: Images) -> Alphas:
    """Closed-form matting by pymatting."""
    return _pymatting("estimate_alpha_cf", image, trimap)


def nearest_neighbours(image: Images, trimap: Images) -> Alphas:
    """KNN matting by pymatting."""
    return _pymatting("estimate_alpha_knn", image, trimap)


METHODS: dict[str, Callable[[Images, Images], Alphas]] = {
    "flat": flat,
    "closed_form": closed_form,
    "knn": nearest_neighbours,
}


def mattes(method: str, images: Images, trimaps: Images, cache: Path | None = None, workers: int = 1) -> Alphas:
    """A baseline's mattes of a clip.

    Args:
        method: one of METHODS.
        images: (T, H, W, 3) uint8.
        trimaps: (T, H, W) uint8.
        cache: folder that keeps results by the hash of what they were made from.
        workers: processes.

    Returns:
        (T, H, W).
    """
    path = cache / f"{_digest(method, images, trimaps)}.npy" if cache else None
    if path and path.is_file():
        return np.asarray(np.load(path), np.float32) / np.float32(65535)
    jobs = [(method, image, trimap) for image, trimap in zip(images, trimaps)]
    if workers > 1:
        with ProcessPoolExecutor(workers, initializer=_single_thread) as pool:
            results = list(pool.map(_one, jobs))
    else:
        results = [_one(job) for job in jobs]
    alphas = np.rint(np.stack(results).clip(0, 1) * 65535).astype(np.uint16)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, alphas)
    return alphas.astype(np.float32) / np.float32(65535)


def warped_trimaps(images: Images, key: Images) -> Images:
    """A key trimap of the first frame carried through the clip by DIS flow from frame to frame.

    Args:
        images: (T, H, W, 3) uint8.
        key: (H, W) uint8.

    Returns:
        (T, H, W) uint8.
    """
    greys = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    estimator = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    shares = np.stack([key == value for value in (0, 128, 255)], -1).astype(np.float32)
    out = [key]
    for earlier, later in zip(greys, greys[1:]):
        flow = np.asarray(estimator.calc(later, earlier, None), np.float32)  # type: ignore[call-overload]
        shares = warp(shares, flow)
        out.append(np.array([0, 128, 255], np.uint8)[shares.argmax(-1)])
    return np.stack(out)


def _one(job: tuple[str, Images, Images]) -> Alphas:
    method, image, trimap = job
    return METHODS[method](image, trimap)


def _single_thread() -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"


def _pymatting(name: str, image: Images, trimap: Images) -> Alphas:
    import pymatting

    if not (trimap == 128).any():
        return (trimap / 255.0).astype(np.float32)
    if not ((trimap == 0).any() and (trimap == 255).any()):
        return flat(image, trimap)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alpha = getattr(pymatting, name)(image / 255.0, flat(image, trimap).astype(np.float64))
    return np.asarray(alpha, np.float32).clip(0, 1)


def _digest(method: str, images: Images, trimaps: Images) -> str:
    digest = hashlib.sha256(method.encode())
    digest.update(images.tobytes())
    digest.update(trimaps.tobytes())
    return digest.hexdigest()[:24]
