"""Training clips as the engine shows them to a network: steadied, with the background that their neighbours show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from stfam.core.engine.keyframe_spans import LENDERS
from stfam.core.engine.proxies import proxy_image, proxy_trimap
from stfam.core.engine.steady import Picture, SteadyPlate
from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import Box
from stfam.core.training.synthesis.types import Pixels, TrainingClip

WINDOWS = (0, 1, 2, 2, 2)
"""n of the window that a clip is seen through, drawn at random."""


def windowed_clip(
    rng: np.random.Generator, *, make: Callable[..., TrainingClip], frames: int, size: int, around: int
) -> TrainingClip:
    """A clip of `frames` frames that `make` made with `around` more at each end, seen through a window."""
    clip = make(rng, frames=frames + 2 * around, size=size)
    return seen_in_window(clip, slice(around, around + frames), WINDOWS[int(rng.integers(len(WINDOWS)))])


def seen_in_window(clip: TrainingClip, kept: slice, n: int) -> TrainingClip:
    """A part of a clip, each frame steadied over n neighbours on each side and with the backdrop that they show.

    Args:
        clip: whose frames are no larger than a proxy.
        kept: the frames that come back.
        n: 0 leaves the images as they are and no background known.
    """
    part = replace(clip, **{name: getattr(clip, name)[kept] for name in _ARRAYS})
    if n == 0:
        return part
    pictures = [_picture(image, trimap) for image, trimap in zip(clip.image, clip.trimap)]
    images, backdrops = [], []
    for t in range(len(pictures))[kept]:
        plate = SteadyPlate(pictures[t], _around(pictures, t, n), _around(pictures, t, LENDERS))
        images.append(_bytes(plate.tile(Box(0, 0, *clip.trimap.shape[1:]))))
        backdrops.append(_rgba(plate.backdrop(), images[-1]))
    return replace(part, image=np.stack(images), backdrop=np.stack(backdrops))


_ARRAYS = ("image", "alpha", "foreground", "background", "trimap")


def _around(pictures: list[Picture], t: int, reach: int) -> list[Picture]:
    return pictures[max(0, t - reach) : t] + pictures[t + 1 : t + 1 + reach]


def _picture(image: Pixels, trimap: Pixels) -> Picture:
    display = image.astype(np.float32) / np.float32(255)
    return Picture(proxy_image(display), proxy_trimap(trimap), display)


def _rgba(backdrop: Backdrop | None, like: Pixels) -> Pixels:
    """(h, w, 4): the backdrop's colour, and 255 where it is known."""
    if backdrop is None:
        return np.zeros((*like.shape[:2], 4), np.uint8)
    return _bytes(torch.cat([backdrop.colour, backdrop.known], 1)[0].permute(1, 2, 0).numpy())


def _bytes(display: np.ndarray) -> Pixels:
    return np.asarray(np.rint(display.clip(0, 1) * 255), np.uint8)
