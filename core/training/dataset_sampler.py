"""Training samples and validation clips from a data set's clips: crops about unknown pixels, trimaps from the alpha."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from stfam.core.training.datasets import TEST, DatasetClip, DatasetFrames, open_named
from stfam.core.training.synthesis.compositing import composite
from stfam.core.training.synthesis.trimaps import TrimapStyle, paint_trimap, random_style
from stfam.core.training.synthesis.types import Field, Pixels, TrainingClip
from stfam.core.training.synthesis.validation import MATTING, MATTING_FRAMES, ValidationClip

CROPS = (1.0, 1.5, 2.0)
"""Side of a crop over that of the sample; the paper's 320, 480 and 640 px for 320."""
LONG_SIDE = 640
"""Longest side in pixels at which a data set's clips are measured."""
STEADY = TrimapStyle(inner=10.0, outer=10.0, unevenness=0.3)


@dataclass(frozen=True)
class DatasetClips:
    """Draws clips as the synthesis does.

    Without layers of its own, a data set's foreground and background are its composite: the composition loss is then
    zero whatever is predicted.
    """

    clips: Sequence[DatasetClip]

    def __call__(
        self, rng: np.random.Generator, *, frames: int, size: int, style: TrimapStyle | None = None
    ) -> TrainingClip:
        """A random clip of `frames` frames of `size` pixels a side, about a part-transparent pixel of its middle."""
        clip = self.clips[int(rng.integers(len(self.clips)))]
        start = int(rng.integers(max(1, len(clip) - frames + 1)))
        read = _padded(clip.read(start, min(frames, len(clip))), frames)
        layers = _layers(_resized_crop(rng, _of_one_size(read), size))
        trimap = paint_trimap(rng, layers.alpha, style or random_style(rng))
        return TrainingClip(
            image=layers.image,
            alpha=layers.alpha,
            foreground=layers.foreground,
            background=layers.background,
            trimap=trimap,
            kind="dataset",
            linear=False,
        )


def validation_clips(clips: Sequence[DatasetClip], *, frames: int, long_side: int) -> list[ValidationClip]:
    """The first frames of every clip, its long side at most `long_side` px, with trimaps of even width.

    Of a clip whose first frames show nothing, those from the first one that does: there is nothing to measure before.
    """
    return [_validation_clip(clip, min(frames, len(clip)), long_side, index) for index, clip in enumerate(clips)]


def dataset_validation(given: str) -> list[ValidationClip]:
    """The test clips of a data set, given as LAYOUT:DIR.

    Raises:
        UsageError: an unknown layout, or none.
        InputError: no clip where the layout expects them, or one that cannot serve.
    """
    return validation_clips(open_named(given, TEST), frames=MATTING_FRAMES, long_side=LONG_SIDE)


@dataclass(frozen=True)
class _Layers:
    alpha: Field
    foreground: Pixels
    background: Pixels
    image: Pixels


def _validation_clip(clip: DatasetClip, frames: int, long_side: int, seed: int) -> ValidationClip:
    start = 0 if clip.first_shown < frames else min(clip.first_shown, len(clip) - frames)
    read = _of_one_size(clip.read(start, frames))
    height, width = read.alpha.shape[1:]
    scale = min(1.0, long_side / max(height, width))
    layers = _layers(_resized(read, (round(height * scale), round(width * scale))))
    trimaps = paint_trimap(np.random.default_rng(seed), layers.alpha, STEADY)
    return ValidationClip(clip.name, "dataset", MATTING, layers.image, layers.alpha, trimaps, rendered=False)


def _layers(frames: DatasetFrames) -> _Layers:
    """Everything that a sample needs; what the data set lacks is composited or stands for itself."""
    foreground, background, image = frames.foreground, frames.background, frames.image
    if image is None:
        assert foreground is not None and background is not None  # as read() sees to it
        image = composite(foreground, frames.alpha, background, linear=False)
    elif background is None:
        foreground = background = image
    return _Layers(frames.alpha, image if foreground is None else foreground, background, image)


def _of_one_size(frames: DatasetFrames) -> DatasetFrames:
    """A background of another size than the alpha is scaled to cover it, and its middle taken."""
    ground, (height, width) = frames.background, frames.alpha.shape[1:]
    if ground is None or ground.shape[1:3] == (height, width):
        return frames
    scale = max(height / ground.shape[1], width / ground.shape[2])
    size = (max(width, round(ground.shape[2] * scale)), max(height, round(ground.shape[1] * scale)))
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    scaled = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in ground])
    return replace(frames, background=scaled[:, top : top + height, left : left + width].astype(np.uint8))


def _padded(frames: DatasetFrames, count: int) -> DatasetFrames:
    """The last frame repeated until there are `count`."""
    if len(frames.alpha) >= count:
        return frames
    index = np.minimum(np.arange(count), len(frames.alpha) - 1)
    return _mapped(frames, lambda x: x[index])


def _resized_crop(rng: np.random.Generator, frames: DatasetFrames, size: int) -> DatasetFrames:
    """A random square about a part-transparent pixel, as (T, size, size)."""
    height, width = frames.alpha.shape[1:]
    side = min(round(size * CROPS[rng.integers(len(CROPS))]), height, width)
    middle = frames.alpha[len(frames.alpha) // 2]
    soft = np.argwhere((middle > 0.01) & (middle < 0.99))
    row, column = soft[rng.integers(len(soft))] if len(soft) else (height // 2, width // 2)
    top = int(np.clip(row - side // 2, 0, height - side))
    left = int(np.clip(column - side // 2, 0, width - side))
    cropped = _mapped(frames, lambda x: x[:, top : top + side, left : left + side])
    return _resized(cropped, (size, size))


def _resized(frames: DatasetFrames, size: tuple[int, int]) -> DatasetFrames:
    """Area-averaged to (H, W)."""
    return _mapped(
        frames,
        lambda x: np.stack([cv2.resize(f, size[::-1], interpolation=cv2.INTER_AREA) for f in np.ascontiguousarray(x)]),
    )


def _mapped(frames: DatasetFrames, change: Callable[[Any], Any]) -> DatasetFrames:
    """The same change made to all parts that are there."""
    others = (None if part is None else change(part) for part in (frames.foreground, frames.background, frames.image))
    return DatasetFrames(change(frames.alpha), *others)
