"""A folder of natural images, prepared ones memory-mapped, any others read as they are needed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from stfam.core.errors import InputError
from stfam.core.training.synthesis.types import Pixels

SUFFIXES = (".npy", ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")
HELD = 48


class ImageBank:
    """Natural images of one or more folders, drawn at random; each is (H, W, 3) uint8 RGB, at least 64 px a side."""

    def __init__(self, *folders: Path) -> None:
        """Raises InputError where the folders hold no image."""
        files = (path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES)
        self.files = tuple(files)
        if not self.files:
            searched = ", ".join(map(str, folders))
            raise InputError(f"No images in {searched}: expected .npy, .jpg, .png, .webp or .tif files.")
        self._held: dict[Path, Pixels] = {}

    def __len__(self) -> int:
        return len(self.files)

    def choose(self, rng: np.random.Generator) -> Pixels:
        """One of the images."""
        path = self.files[rng.integers(len(self.files))]
        if path not in self._held:
            if len(self._held) >= HELD and path.suffix != ".npy":
                self._held.pop(next(iter(self._held)))
            self._held[path] = _read_image(path)
        return self._held[path]

    def __getstate__(self) -> dict[str, object]:
        """A worker process opens its own maps; the pixels themselves do not travel."""
        return {"files": self.files, "_held": {}}

    def patch(self, rng: np.random.Generator, size: int, scale: float) -> Pixels:
        """A square (size, size, 3) of one of the images, shown at about ``scale`` output pixels to one of its own."""
        image = self.choose(rng)
        wanted = size / scale
        side = max(8, int(min(wanted, *image.shape[:2])))
        y = int(rng.integers(image.shape[0] - side + 1))
        x = int(rng.integers(image.shape[1] - side + 1))
        crop = np.asarray(image[y : y + side, x : x + side])
        method = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(crop, (size, size), interpolation=method), np.uint8)


def _read_image(path: Path) -> Pixels:
    if path.suffix == ".npy":
        mapped: Pixels = np.load(path, mmap_mode="r")
        return mapped
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise InputError(f"{path} could not be read as an image. Remove it from the folder or save it again.")
    scale = max(64 / min(image.shape[:2]), min(1.0, 1400 / max(image.shape[:2])))
    if scale != 1.0:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image[..., ::-1]).astype(np.uint8)
