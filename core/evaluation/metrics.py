"""Matting metrics in both protocols in use; a number without its protocol's name is worth nothing.

`unknown`: over the trimap's unknown region, as in DVM, TCVOM and OTVM. `whole`: over the whole frame, as in RVM and
MatAnyone. The two dtSSD are not comparable. Sequences are (T, H, W); alphas are float in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from stfam.core.optical_flow import dis_flow, warp

Alphas: TypeAlias = npt.NDArray[np.float32]
Pixels: TypeAlias = npt.NDArray[np.uint8]
Region: TypeAlias = npt.NDArray[np.bool_]

GRADIENT_SIGMA = 1.4
GRADIENT_RADIUS = 4
"""Where the Gaussian has fallen to a hundredth."""
CONNECTIVITY_STEP = 0.1
UNKNOWN_METRICS = ("SAD", "MSE", "Grad", "Conn", "dtSSD", "MESSDdt")


def unknown_protocol(
    prediction: Alphas, truth: Alphas, unknown: Region, names: Sequence[str] = UNKNOWN_METRICS
) -> dict[str, float]:
    """SAD, MSE, Grad, Conn (means over frames), dtSSD and MESSDdt (means over pairs) over the unknown region.

    A single frame has neither of the last two.

    Args:
        prediction: (T, H, W).
        truth: (T, H, W).
        unknown: (T, H, W).
        names: of those that are wanted.
    """
    frames, pairs = range(len(truth)), range(1, len(truth))
    measures: dict[str, Callable[[], list[float]]] = {
        "SAD": lambda: [sad(prediction[t], truth[t], unknown[t]) for t in frames],
        "MSE": lambda: [mse(prediction[t], truth[t], unknown[t]) for t in frames],
        "Grad": lambda: [gradient_error(prediction[t], truth[t], unknown[t]) for t in frames],
        "Conn": lambda: [connectivity_error(prediction[t], truth[t], unknown[t]) for t in frames],
        "dtSSD": lambda: [dtssd(prediction[t - 1 : t + 1], truth[t - 1 : t + 1], unknown[t]) for t in pairs],
        "MESSDdt": lambda: [messddt(prediction[t - 1 : t + 1], truth[t - 1 : t + 1], unknown[t - 1]) for t in pairs],
    }
    columns = {name: measures[name]() for name in names}
    return {name: float(np.mean(values)) for name, values in columns.items() if values}


def whole_protocol(prediction: Alphas, truth: Alphas) -> dict[str, float]:
    """MAD and MSE times 1000, dtSSD as 100 sqrt(mean), over the whole frame; a single frame has no dtSSD."""
    difference = prediction.astype(np.float64) - truth
    flicker = np.sqrt((np.diff(difference, axis=0) ** 2).mean((1, 2))) * 100
    scores = {"MAD": float(np.abs(difference).mean() * 1000), "MSE": float((difference**2).mean() * 1000)}
    return {**scores, "dtSSD": float(flicker.mean())} if len(flicker) else scores


def sad(prediction: Alphas, truth: Alphas, unknown: Region) -> float:
    """Sum of |p - a| over U, in thousands, of one frame (H, W)."""
    return float(np.abs(prediction - truth)[unknown].sum(dtype=np.float64) / 1000)


def mse(prediction: Alphas, truth: Alphas, unknown: Region) -> float:
    """Mean of (p - a)^2 over U of one frame; 0 where U is empty."""
    difference = (prediction - truth)[unknown]
    return float((difference.astype(np.float64) ** 2).mean()) if difference.size else 0.0


def gradient_error(prediction: Alphas, truth: Alphas, unknown: Region) -> float:
    """Sum over U of the squared difference of gradient magnitudes, in thousands, of one frame (H, W).

    By Gaussian derivatives of sigma 1.4.
    """
    difference = _gradient(prediction) - _gradient(truth)
    return float((difference**2)[unknown].sum(dtype=np.float64) / 1000)


def connectivity_error(prediction: Alphas, truth: Alphas, unknown: Region) -> float:
    """Rhemann's connectivity error over U of one frame (H, W), step 0.1, in thousands."""
    last = np.full(truth.shape, -1.0)
    lower = 0.0
    for level in np.arange(CONNECTIVITY_STEP, 1 + CONNECTIVITY_STEP / 2, CONNECTIVITY_STEP):
        both = (prediction >= level) & (truth >= level)
        labels, count = ndimage.label(both)
        source = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:]) if count else np.zeros_like(both)
        last[(last == -1) & ~source] = lower
        lower = float(level)
    last[last == -1] = 1.0
    return float(np.abs(_connected(prediction, last) - _connected(truth, last))[unknown].sum() / 1000)


def dtssd(prediction: Alphas, truth: Alphas, unknown: Region) -> float:
    """Flicker of a pair of frames (2, H, W): sqrt of the sum over U of the squared error of the change in time."""
    change = (prediction[1] - prediction[0]) - (truth[1] - truth[0])
    return float(np.sqrt((change.astype(np.float64) ** 2)[unknown].sum()))


def messddt(prediction: Alphas, truth: Alphas, unknown: Region) -> float:
    """Change of the squared error along the true motion, summed over U, of a pair of frames (2, H, W)."""
    error = (prediction - truth).astype(np.float32) ** 2
    moved = warp(error[1], alpha_flow(truth[0], truth[1]))
    return float(np.abs(error[0] - moved)[unknown].sum(dtype=np.float64))


def alpha_flow(first: Alphas, second: Alphas) -> npt.NDArray[np.float32]:
    """Optical flow (H, W, 2) between two true alphas, by OpenCV's DIS."""
    return dis_flow(_byte(first), _byte(second))


def _byte(alpha: Alphas) -> npt.NDArray[np.uint8]:
    return np.rint(alpha * 255).astype(np.uint8)


def _gradient(alpha: Alphas) -> npt.NDArray[np.float64]:
    """Length of the gradient by Gaussian derivatives, whose 2-D kernels have unit norm as in Rhemann's benchmark."""
    x = np.arange(-GRADIENT_RADIUS, GRADIENT_RADIUS + 1)
    bell = np.exp(-(x**2) / (2 * GRADIENT_SIGMA**2))
    slope = x * bell
    smooth, steep = bell / np.linalg.norm(bell), slope / np.linalg.norm(slope)
    source = alpha.astype(np.float64)
    across = ndimage.correlate1d(ndimage.correlate1d(source, steep, 1, mode="nearest"), smooth, 0, mode="nearest")
    down = ndimage.correlate1d(ndimage.correlate1d(source, steep, 0, mode="nearest"), smooth, 1, mode="nearest")
    return np.asarray(np.hypot(across, down), np.float64)


def _connected(alpha: Alphas, last: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    distance = alpha - last
    return 1 - distance * (distance >= 0.15)
