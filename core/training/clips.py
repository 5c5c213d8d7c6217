"""Clips for trimap propagation: trimaps that one hand painted throughout, so that the next frame's can be known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.library import ClipLibrary
from stfam.core.training.synthesis.sampler import Recipe, sample_clip
from stfam.core.training.synthesis.trimaps import random_style
from stfam.core.training.synthesis.types import TrainingClip

LARGEST_UNEVENNESS = 0.25


def propagation_clip(
    rng: np.random.Generator, library: ClipLibrary, backgrounds: ImageBank, *, frames: int, size: int
) -> TrainingClip:
    """A random clip as `sample_clip` makes them, with steady, evenly painted trimaps."""
    drawn = random_style(rng, wrong=0.0)
    style = replace(drawn, jitter=False, unevenness=min(drawn.unevenness, LARGEST_UNEVENNESS))
    return sample_clip(rng, library, backgrounds, frames=frames, size=size, recipe=Recipe(style=style))
