"""Where training clips come from: drawn by the synthesis, or cut out of a data set's clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from stfam.core.errors import UsageError
from stfam.core.training.dataset_sampler import DatasetClips
from stfam.core.training.datasets import TRAIN, open_named
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.library import ClipLibrary
from stfam.core.training.synthesis.sampler import Recipe, sample_clip
from stfam.core.training.synthesis.trimaps import TrimapStyle
from stfam.core.training.synthesis.types import TrainingClip


class ClipSource(Protocol):
    """Draws a random clip of `frames` frames of `size` pixels a side, trimaps in a random style if none is given."""

    def __call__(
        self, rng: np.random.Generator, *, frames: int, size: int, style: TrimapStyle | None = None
    ) -> TrainingClip:
        """All that is random comes from `rng`."""


@dataclass(frozen=True)
class SyntheticClips:
    """Foreground clips over moving photographs."""

    library: ClipLibrary
    backgrounds: ImageBank

    def __call__(
        self, rng: np.random.Generator, *, frames: int, size: int, style: TrimapStyle | None = None
    ) -> TrainingClip:
        """As `sample_clip` makes them."""
        recipe = Recipe(style=style)
        return sample_clip(rng, self.library, self.backgrounds, frames=frames, size=size, recipe=recipe)


def open_clip_source(foregrounds: Sequence[Path], backgrounds: Sequence[Path], dataset: str | None) -> ClipSource:
    """The clips that a command line asks for.

    Args:
        foregrounds: folders of foreground clips with alpha.
        backgrounds: folders of images.
        dataset: LAYOUT:DIR, whose training clips are taken instead.

    Raises:
        UsageError: neither or both are given, or an unknown layout.
        InputError: no clip where the layout expects them, or a file in the folders that cannot serve.
    """
    if bool(dataset) == bool(foregrounds or backgrounds):
        raise UsageError("Give --foregrounds DIR and --backgrounds DIR, or --dataset LAYOUT:DIR.")
    if dataset:
        return DatasetClips(open_named(dataset, TRAIN))
    if not (foregrounds and backgrounds):
        raise UsageError("Synthetic samples need both --foregrounds DIR and --backgrounds DIR.")
    clips = SyntheticClips(ClipLibrary(*foregrounds), ImageBank(*backgrounds))
    clips.library.check()
    clips.backgrounds.check()
    return clips
