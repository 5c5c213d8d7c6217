"""What foregrounds are made from: natural images, and pictures of puffs and sparks with alpha."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from stfam.core.errors import InputError
from stfam.core.training.sources import split_of
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.pictures import opencv_picture
from stfam.core.training.synthesis.types import Field


@dataclass(frozen=True)
class Materials:
    """``images`` give textures and colours; ``sprites`` are files of single puffs, flames and sparks with alpha."""

    images: ImageBank
    sprites: tuple[Path, ...] = field(default=())

    @classmethod
    def of(cls, images: Path, sprites: Path | None, split: str) -> Materials:
        """Materials of a folder of images and, where given, those sprites of a folder that belong to the split."""
        files = sorted(sprites.glob("*.png")) if sprites is not None else []
        return cls(ImageBank(images), tuple(path for path in files if split_of(path.stem) == split))

    def sprite(self, rng: np.random.Generator, size: int) -> Field:
        """The alpha (size, size) in [0, 1] of one of the sprites.

        Raises:
            InputError: the file cannot be read or has no alpha.
        """
        path = self.sprites[rng.integers(len(self.sprites))]
        image = opencv_picture(path, cv2.IMREAD_UNCHANGED)
        if image is None or image.shape[-1] != 4:
            raise InputError(f"{path} is not a picture with alpha. Remove it from the folder of sprites.")
        resized = cv2.resize(image[..., 3], (size, size), interpolation=cv2.INTER_AREA)
        return np.asarray(resized, np.float32) / np.float32(255)
