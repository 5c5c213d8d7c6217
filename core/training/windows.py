"""Training clips as the engine shows them to a network: steadied, with the background that their neighbours show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.steady import SteadyPlate
from stfam.core.engine.strip import Strip
from stfam.core.network.backdrop import Backdrop
from stfam.core.network.box import whole
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
    inputs = [
        MatteInput(t, clip.trimap[t], image.astype(np.float32) / np.float32(255)) for t, image in enumerate(clip.image)
    ]
    view, strip = whole(clip.trimap.shape[1:]), Strip(n)
    for given in inputs:
        strip.add(given)
    images, backdrops = [], []
    for t in range(len(inputs))[kept]:
        others = [other.picture(view) for other in (*inputs[max(0, t - n) : t], *inputs[t + 1 : t + 1 + n])]
        surroundings = strip.surroundings(t)
        assert surroundings is not None
        plate = SteadyPlate(inputs[t].picture(view), others, view, surroundings.centre.flow_to)
        images.append(_bytes(plate.tile(view)))
        backdrops.append(_rgba(surroundings.backdrop(), images[-1]))
    return replace(part, image=np.stack(images), backdrop=np.stack(backdrops))


_ARRAYS = ("image", "alpha", "foreground", "background", "trimap")


def _rgba(backdrop: Backdrop | None, like: Pixels) -> Pixels:
    """(h, w, 4): the backdrop's colour, and 255 where it is known."""
    if backdrop is None:
        return np.zeros((*like.shape[:2], 4), np.uint8)
    return _bytes(torch.cat([backdrop.colour, backdrop.known], 1)[0].permute(1, 2, 0).numpy())


def _bytes(display: np.ndarray) -> Pixels:
    return np.asarray(np.rint(display.clip(0, 1) * 255), np.uint8)
