"""The cast: what can be rendered, which kind of matte it makes, and on which side of the split it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stfam.core.training.renders import cloth, creatures, feathers, hair, plants
from stfam.core.training.renders.geometry import Shape

Builder = Callable[[np.random.Generator, int, float], list[Shape]]
"""From random numbers, a number of frames and the strength of motion to the shapes of a clip."""


@dataclass(frozen=True)
class Character:
    """Something to render. Training and validation share no character."""

    name: str
    kind: str
    split: str
    build: Builder


def _with(builder: Callable[..., list[Shape]], design: object) -> Builder:
    def build(rng: np.random.Generator, frames: int, strength: float) -> list[Shape]:
        return builder(rng, frames, design, strength)

    return build


CHARACTERS = (
    Character("cat", "fur", "train", _with(creatures.furry, creatures.cat)),
    Character("straight", "hair", "train", _with(hair.haired, hair.STRAIGHT)),
    Character("veil", "translucent", "train", _with(cloth.draped, cloth.veil)),
    Character("ball", "fur", "train", _with(creatures.furry, creatures.ball)),
    Character("curls", "hair", "train", _with(hair.haired, hair.CURLS)),
    Character("grass", "hair", "train", _with(plants.grassy, plants.GRASS)),
    Character("chick", "fur", "train", _with(creatures.furry, creatures.chick)),
    Character("fan", "hair", "train", _with(feathers.feathered, feathers.FAN)),
    Character("tree", "hard", "train", _with(plants.leafy, plants.TREE)),
    Character("caterpillar", "fur", "train", _with(creatures.furry, creatures.caterpillar)),
    Character("afro", "hair", "train", _with(hair.haired, hair.AFRO)),
    Character("lace", "translucent", "train", _with(cloth.draped, cloth.lace)),
    Character("rabbit", "fur", "train", _with(creatures.furry, creatures.rabbit)),
    Character("ponytail", "hair", "train", _with(hair.haired, hair.PONYTAIL)),
    Character("dandelion", "hair", "train", plants.dandelion),
    Character("starfish", "fur", "train", _with(creatures.furry, creatures.starfish)),
    Character("reeds", "hair", "train", _with(plants.grassy, plants.REEDS)),
    Character("net", "translucent", "train", _with(cloth.draped, cloth.net)),
    Character("fern", "hard", "train", _with(plants.leafy, plants.FERN)),
    Character("bear", "fur", "val", _with(creatures.furry, creatures.bear)),
    Character("waves", "hair", "val", _with(hair.haired, hair.WAVES)),
    Character("gauze", "translucent", "val", _with(cloth.draped, cloth.gauze)),
    Character("mouse", "fur", "val", _with(creatures.furry, creatures.mouse)),
    Character("meadow", "hair", "val", _with(plants.grassy, plants.MEADOW)),
    Character("boa", "hair", "val", _with(feathers.feathered, feathers.BOA)),
    Character("tufts", "hair", "val", _with(hair.haired, hair.TUFTS)),
    Character("ivy", "hard", "val", _with(plants.leafy, plants.IVY)),
)
