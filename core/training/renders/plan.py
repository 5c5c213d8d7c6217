"""Which clips are rendered: a list that depends on the split, the seed and the count alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from stfam.core.training.renders.characters import CHARACTERS

SPLIT_SEEDS = {"train": 1, "val": 2}


@dataclass(frozen=True)
class Quality:
    """What a clip costs: side in pixels, oversampling of the film, samples a pixel of the film, number of frames."""

    size: int = 384
    oversampling: int = 2
    samples: int = 4
    frames: int = 10


@dataclass(frozen=True)
class ClipPlan:
    """One clip: its name, what it shows, the kind of matte it is listed under, and how it is taken."""

    name: str
    kind: str
    character: str
    split: str
    seed: int
    index: int
    quality: Quality
    shutter: float
    fstop: float | None
    strength: float

    def sidecar(self) -> dict[str, object]:
        """What is written beside the clip."""
        record = asdict(self)
        return {**record, **record.pop("quality")}

    @property
    def rng(self) -> np.random.Generator:
        """The random numbers of this clip alone."""
        return np.random.default_rng((SPLIT_SEEDS[self.split], self.seed, self.index, 7))


def plan(split: str, clips: int, seed: int, quality: Quality | None = None) -> list[ClipPlan]:
    """The clips of a split, characters in turn; a longer list begins with the shorter one.

    About a third have motion blur, of which the strongest are listed as ``blur``, and a quarter depth of field.

    Raises:
        KeyError: an unknown split.
    """
    return [_clip(split, index, seed, quality or Quality()) for index in range(clips)]


def _clip(split: str, index: int, seed: int, quality: Quality) -> ClipPlan:
    rng = np.random.default_rng((SPLIT_SEEDS[split], seed, index))
    characters = [character for character in CHARACTERS if character.split == split]
    character = characters[index % len(characters)]
    blurred, defocused = rng.random() < 1 / 3, rng.random() < 1 / 4
    strength = float(rng.uniform(0.5, 1.3)) * (1.6 if blurred else 1.0)
    shutter = float(rng.uniform(0.3, 1.0)) if blurred else 0.0
    return ClipPlan(
        name=f"{character.name}-{seed:03d}-{index:04d}",
        kind="blur" if shutter * strength > 1.1 else character.kind,
        character=character.name,
        split=split,
        seed=seed,
        index=index,
        quality=quality,
        shutter=shutter,
        fstop=float(np.exp(rng.uniform(np.log(0.1), np.log(0.4)))) if defocused else None,
        strength=strength,
    )
