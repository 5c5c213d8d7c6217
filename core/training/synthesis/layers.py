"""Layers of a training clip in the frame's own pixels: one foreground clip, or a photograph that moves behind it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.motion import about
from stfam.core.training.synthesis.noise import curve, smooth_field
from stfam.core.training.synthesis.types import Field, Pixels

Matrices = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """Straight colour (T, H, W, 3) uint8 and alpha (T, H, W) in [0, 1]."""

    colour: Pixels
    alpha: Field


def view_path(rng: np.random.Generator, frames: int, height: int, width: int, *, still: bool) -> Matrices:
    """The camera's own motion in the frame, matrices (T, 2, 3): a pan with a little turn and zoom, and hand tremor."""
    strength = 0.0 if still or rng.random() < 0.3 else rng.uniform(0.2, 1.0)
    x, y = (curve(rng, frames, 10.0 * strength, 14) + rng.normal(0, 0.4 * strength, frames) for _ in range(2))
    angle, zoom = curve(rng, frames, 0.03 * strength), 1.0 + curve(rng, frames, 0.03 * strength)
    centre = (width / 2, height / 2)
    return np.stack([about(centre, angle[t], zoom[t], (x[t], y[t])) for t in range(frames)])


def object_path(rng: np.random.Generator, frames: int, size: tuple[int, int], *, still: bool) -> Matrices:
    """A layer's own motion in the frame on top of the camera's, matrices (T, 2, 3)."""
    strength = 0.0 if still or rng.random() < 0.3 else rng.uniform(0.2, 1.5)
    x, y = curve(rng, frames, 12.0 * strength, 12), curve(rng, frames, 12.0 * strength, 12)
    if strength > 0.0 and rng.random() < 0.1:
        x, y = x + (trip := _trip(rng, frames, size))[0], y + trip[1]
    angle, zoom = curve(rng, frames, 0.06 * strength), 1.0 + curve(rng, frames, 0.04 * strength)
    centre = (size[1] / 2, size[0] / 2)
    return np.stack([about(centre, angle[t], zoom[t], (x[t], y[t])) for t in range(frames)])


def _trip(rng: np.random.Generator, frames: int, size: tuple[int, int]) -> Matrices:
    """Offsets (2, T) of an object that leaves the frame and returns, at no more than about 20 px a frame."""
    start = rng.uniform(-0.5, 0.5)
    away = np.clip(np.sin(np.pi * (np.arange(frames) / max(frames - 1, 1) + start)), 0, None)
    reach, angle = min(1.2 * max(size), 6.0 * frames), rng.uniform(0, 2 * np.pi)
    return np.stack([np.cos(angle) * away, np.sin(angle) * away]) * reach


def chained(outer: NDArray[np.float64], inner: NDArray[np.float64]) -> NDArray[np.float64]:
    """The affine matrix (2, 3) that applies ``inner`` first, then ``outer``."""
    product: NDArray[np.float64] = outer[:, :2] @ inner
    product[:, 2] += outer[:, 2]
    return product


def frame_times(rng: np.random.Generator, length: int, frames: int, *, still: bool) -> NDArray[np.int64]:
    """Which frames of a clip of ``length`` to show: forwards or back, every one or every other, to and fro."""
    if still:
        return np.full(frames, rng.integers(length))
    step = int(rng.choice((1, 1, 1, 2))) if frames * 2 <= length + 1 else 1
    period = max(2 * length - 2, 1)
    phase = (int(rng.integers(period)) + step * np.arange(frames)) % period
    return np.where(phase < length, phase, period - phase)


def foreground_layer(
    rng: np.random.Generator,
    clip: Pixels,
    view: Matrices,
    size: tuple[int, int],
    *,
    still: bool,
    centred: bool = True,
    zoom: float = 1.0,
) -> Layer:
    """A clip (T', H', W', 4) flipped, turned, scaled and moved into frames of ``size`` (height, width).

    It is shown ``zoom`` times as large as usual. ``centred`` puts one of its part-transparent pixels near the middle,
    else it lies anywhere.
    """
    frames = len(view)
    times = frame_times(rng, len(clip), frames, still=still)
    placement = _placement(rng, clip[times[frames // 2]], size, centred=centred, zoom=zoom)
    own = object_path(rng, frames, size, still=still)
    small = abs(np.linalg.det(placement[:, :2])) < 0.75**2
    if small:
        placement = chained(placement, np.array([[2.0, 0.0, 0.5], [0.0, 2.0, 0.5]]))
    shown = np.empty((frames, *size, 4), np.uint8)
    for t in range(frames):
        matrix = chained(view[t], chained(own[t], placement))
        frame = halved(clip[times[t]]) if small else clip[times[t]]
        shown[t] = cv2.warpAffine(frame, matrix, (size[1], size[0]), flags=cv2.INTER_LINEAR)
    return Layer(np.ascontiguousarray(shown[..., :3]), shown[..., 3].astype(np.float32) * np.float32(1 / 255))


def halved(frame: Pixels) -> Pixels:
    """The frame (H, W, 4) at half its size, every pixel the mean of four, so that thin strands do not break up."""
    return np.asarray(cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _placement(
    rng: np.random.Generator, frame: Pixels, size: tuple[int, int], *, centred: bool, zoom: float
) -> NDArray[np.float64]:
    scale = float(np.exp(rng.uniform(np.log(0.42), np.log(1.25)))) * max(1.0, min(size) / 512) * zoom
    turn = rng.normal(0, 0.35)
    anchor = _unknown_pixel(rng, frame) if centred else rng.uniform(0.25, 0.75, 2) * frame.shape[1::-1]
    target = np.array([size[1] / 2, size[0] / 2]) + rng.normal(0, 0.12 if centred else 0.3, 2) * min(size)
    flip = float(rng.choice((-1.0, 1.0)))
    linear = scale * np.array([[np.cos(turn) * flip, -np.sin(turn)], [np.sin(turn) * flip, np.cos(turn)]])
    return np.concatenate([linear, (target - linear @ anchor)[:, None]], axis=1)


def _unknown_pixel(rng: np.random.Generator, frame: Pixels) -> NDArray[np.float64]:
    alpha = frame[::4, ::4, 3]
    unknown = np.argwhere((alpha > 12) & (alpha < 243))
    if not len(unknown):
        return np.array([frame.shape[1] / 2, frame.shape[0] / 2])
    y, x = unknown[rng.integers(len(unknown))] * 4.0
    return np.array([x, y])


def background_layer(
    rng: np.random.Generator, images: ImageBank, view: Matrices, size: tuple[int, int], *, zoom: float = 1.0
) -> Pixels:
    """A natural image, or footage, ``zoom`` times as large as usual, that moves with the camera: (T, H, W, 3) uint8."""
    side = int(max(size) * 1.35)
    scale = float(np.exp(rng.uniform(np.log(0.25), np.log(1.2)))) * max(1.0, side / 800) * zoom
    still = bool(np.ptp(view, axis=0).max() == 0)
    if images.videos and not still and rng.random() < 0.12:
        ground = images.footage(rng, side, scale, len(view))
    else:
        ground = images.patch(rng, side, scale)[None]
    if rng.random() < 0.25:
        sigma = rng.uniform(0.8, 6.0)
        ground = np.stack([cv2.GaussianBlur(patch, (0, 0), sigma) for patch in ground]).astype(np.uint8)
    return _behind(rng, ground, view, size)


def backdrop_layer(rng: np.random.Generator, view: Matrices, size: tuple[int, int]) -> Pixels:
    """A plain wall, or a green or blue screen as often, unevenly lit: (T, H, W, 3) uint8."""
    side = int(max(size) * 1.35)
    if rng.random() < 0.5:
        hue = rng.normal(*((120, 12) if rng.random() < 0.6 else (225, 12)))
        saturation, value = rng.uniform(0.45, 1.0), rng.uniform(0.3, 0.95)
    else:
        hue, saturation, value = rng.uniform(0, 360), rng.beta(1, 3), rng.uniform(0.04, 1.0)
    colour = cv2.cvtColor(np.array([[[hue % 360, saturation, value]]], np.float32), cv2.COLOR_HSV2RGB)[0, 0]
    light = 1 + rng.exponential(0.08) * smooth_field(rng, side, side, rng.uniform(0.2, 1.0) * side)
    ground = np.rint(np.clip(colour * light[..., None], 0, 1) * 255).astype(np.uint8)
    return _behind(rng, ground[None], view, size)


def _behind(rng: np.random.Generator, ground: Pixels, view: Matrices, size: tuple[int, int]) -> Pixels:
    """A square larger than the frame (t, side, side, 3) as the camera sees it, nearer or farther: (T, H, W, 3)."""
    height, width = size
    side = ground.shape[1]
    still = bool(np.ptp(view, axis=0).max() == 0)
    if rng.random() < 0.5:
        ground = np.ascontiguousarray(ground[:, :, ::-1])
    own = object_path(rng, len(view), size, still=still or bool(rng.random() < 0.6))
    place = np.array([[1.0, 0.0, (width - side) / 2], [0.0, 1.0, (height - side) / 2]])
    shown = np.empty((len(view), height, width, 3), np.uint8)
    for t in range(len(view)):
        matrix = chained(view[t], chained(own[t], place))
        patch = ground[t % len(ground)]
        shown[t] = cv2.warpAffine(patch, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return shown


def occluded(layer: Layer, before: Layer, background: Pixels) -> tuple[Layer, Pixels]:
    """The layer and the background (T, H, W, 3) when ``before``, which is not matted, passes in front of both."""
    alpha = layer.alpha * (1 - before.alpha)
    share = (before.alpha / np.maximum(1 - alpha, 1e-4))[..., None]
    mixed = background + share * (before.colour.astype(np.float32) - background)
    return Layer(layer.colour, alpha), np.rint(mixed.clip(0, 255)).astype(np.uint8)


def combined(front: Layer, back: Layer) -> Layer:
    """One layer of two: straight colour and alpha of ``front`` over ``back``."""
    behind = back.alpha * (1 - front.alpha)
    alpha = front.alpha + behind
    share = (front.alpha / np.maximum(alpha, 1e-4))[..., None]
    colour = front.colour * share + back.colour * (1 - share)
    return Layer(np.rint(colour).astype(np.uint8), alpha.astype(np.float32))
