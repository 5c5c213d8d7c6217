"""Clips for the stages that need other trimaps than a source paints: steady ones, and propagated ones."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch

from stfam.core.evaluation.predictions import propagate_clip
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.weights import load_propagation
from stfam.core.training.clip_source import ClipSource
from stfam.core.training.synthesis.trimaps import random_style
from stfam.core.training.synthesis.types import TrainingClip

LARGEST_UNEVENNESS = 0.4


def propagation_clip(rng: np.random.Generator, *, source: ClipSource, frames: int, size: int) -> TrainingClip:
    """A random clip of `source`; one hand painted its trimaps, so that the next one can be known.

    Only its image and its trimaps are kept: that is what propagation looks at, and a fifth of what would travel.
    """
    drawn = random_style(rng, wrong=0.0)
    style = replace(drawn, jitter=False, unevenness=min(drawn.unevenness, LARGEST_UNEVENNESS))
    clip = source(rng, frames=frames, size=size, style=style)
    nothing = clip.image[..., :0]
    return replace(clip, alpha=clip.alpha[:, :0], foreground=nothing, background=nothing, backdrop=nothing)


def joint_clip(
    rng: np.random.Generator, *, source: ClipSource, frames: int, size: int, share: float, weights: str
) -> TrainingClip:
    """A random clip; `share` of them with trimaps that the propagation network carried from the first or last frame.

    Args:
        rng: draws everything.
        source: of the clips.
        frames: of the clip.
        size: side of a frame, pixels.
        share: of the clips, in [0, 1].
        weights: of the propagation network, by name or path.
    """
    carried, backward = rng.random() < share, rng.random() < 0.5
    clip = source(rng, frames=frames, size=size)
    step = -1 if backward else 1
    key = clip.trimap[::step][0]
    if not carried or not all((key == value).any() for value in (0, 128, 255)):
        return clip
    with torch.inference_mode():
        trimaps = propagate_clip(_propagation(weights), clip.image[::step], key)
    return replace(clip, trimap=np.ascontiguousarray(trimaps[::step]))


@lru_cache(maxsize=1)
def _propagation(weights: str) -> PropagationNetwork:
    """Loaded once a process that makes samples."""
    return load_propagation(weights, "cpu")
