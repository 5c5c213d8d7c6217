"""What our mattes are measured against: classical matting per frame on the same trimaps, and trimaps warped by flow."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.array_file import write_array
from stfam.core.compiled_package import import_compiled
from stfam.core.evaluation.metrics import Alphas, Pixels
from stfam.core.optical_flow import dis_flow, warp

STEPS = np.float32(65535)
"""Mattes are kept as 16-bit integers."""


def flat(image: Pixels, trimap: Pixels) -> Alphas:
    """The guess of half everywhere: (H, W, 3), (H, W) -> (H, W)."""
    return np.where(trimap == 128, 0.5, trimap / 255.0).astype(np.float32)


def closed_form(image: Pixels, trimap: Pixels) -> Alphas:
    """Closed-form matting (Levin et al. 2008) by pymatting."""
    return _pymatting("estimate_alpha_cf", image, trimap)


def nearest_neighbours(image: Pixels, trimap: Pixels) -> Alphas:
    """KNN matting (Chen et al. 2013) by pymatting."""
    return _pymatting("estimate_alpha_knn", image, trimap)


METHODS: dict[str, Callable[[Pixels, Pixels], Alphas]] = {
    "flat": flat,
    "closed_form": closed_form,
    "knn": nearest_neighbours,
}


@contextmanager
def baseline_pool(workers: int) -> Iterator[Executor]:
    """Processes for `mattes`, started afresh (no fork) and each of one thread; of one worker a thread of this process.

    Not the caller's own: numba, which the solvers are compiled with, gives the thread that it runs in as many of
    OpenMP's threads as there are cores, and the networks' last bits depend on their number.
    """
    pool: Executor
    if workers > 1:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker)
    else:
        pool = ThreadPoolExecutor(1, "stfam-baseline")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def mattes(
    method: str, images: Pixels, trimaps: Pixels, *, cache: Path | None = None, pool: Executor | None = None
) -> Alphas:
    """A baseline's mattes of a clip.

    Args:
        method: one of METHODS.
        images: (T, H, W, 3) uint8.
        trimaps: (T, H, W) uint8.
        cache: folder that keeps results by the hash of what they were made from.
        pool: computes the frames side by side; in this process when None.

    Returns:
        (T, H, W), in steps of 1 / 65535.
    """
    path = _cached(method, images, trimaps, cache)
    if path and (known := _known(path, trimaps.shape)) is not None:
        return np.asarray(known, np.float32) / STEPS
    work = pool.map if pool else map
    results = list(work(METHODS[method], images, trimaps))
    alphas = np.rint(np.stack(results).clip(0, 1) * STEPS).astype(np.uint16)
    if path:
        write_array(path, alphas)
    return np.asarray(alphas, np.float32) / STEPS


def warped_trimaps(images: Pixels, key: Pixels) -> Pixels:
    """A key trimap of the first frame carried through the clip by DIS flow from frame to frame.

    Args:
        images: (T, H, W, 3) uint8.
        key: (H, W) uint8.

    Returns:
        (T, H, W) uint8.
    """
    shares = np.stack([key == value for value in (0, 128, 255)], -1).astype(np.float32)
    out = [key]
    for earlier, later in zip(images, images[1:]):
        shares = warp(shares, dis_flow(later, earlier))
        out.append(np.array([0, 128, 255], np.uint8)[shares.argmax(-1)])
    return np.stack(out)


def _begin_worker() -> None:
    """One thread, as frames run side by side already; set before numba is imported."""
    os.environ["NUMBA_NUM_THREADS"] = "1"
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, name="stfam-parent-watch", daemon=True).start()


def _end_with_parent() -> None:
    """A worker would wait for ever for the work of a process that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _pymatting(name: str, image: Pixels, trimap: Pixels) -> Alphas:
    """One frame; what the solver cannot do, for want of both known regions, is guessed at a half."""
    if not ((trimap == 128).any() and (trimap == 0).any() and (trimap == 255).any()):
        return flat(image, trimap)
    solve = getattr(import_compiled("pymatting"), name)  # slow to import
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alpha = solve(image / 255.0, flat(image, trimap).astype(np.float64))
    return np.asarray(alpha, np.float32).clip(0, 1)


def _cached(method: str, images: Pixels, trimaps: Pixels, cache: Path | None) -> Path | None:
    if cache is None:
        return None
    digest = hashlib.sha256(method.encode())
    digest.update(images.tobytes())
    digest.update(trimaps.tobytes())
    return cache / f"{digest.hexdigest()[:24]}.npy"


def _known(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.uint16] | None:
    """What a cache holds; None where there is nothing, or no whole file: that is made anew."""
    try:
        stored: npt.NDArray[np.uint16] = np.load(path)
    except (OSError, ValueError, EOFError):
        return None
    return stored if stored.shape == shape else None
