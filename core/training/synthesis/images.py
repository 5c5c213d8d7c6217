"""A folder of natural images, prepared ones memory-mapped, any others read as they are needed.

A file ``NAME.video.npy``, (T, H, W, 3) uint8, is footage: a background that moves of its own.
"""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError

import cv2
import numpy as np

from stfam.core.errors import InputError
from stfam.core.training.synthesis.pictures import (
    TIFF,
    files_below,
    in_bytes,
    opencv_picture,
    picture_head,
    stored_picture,
)
from stfam.core.training.synthesis.types import Pixels

SUFFIXES = (".npy", ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")
VIDEO = ".video.npy"
HELD = 48


class ImageBank:
    """Natural images of one or more folders, drawn at random; each is (H, W, 3) uint8 RGB, at least 64 px a side."""

    def __init__(self, *folders: Path) -> None:
        """Raises InputError where a folder holds no image."""
        found = tuple(path for folder in folders for path in _images(folder))
        self.videos = tuple(path for path in found if path.name.endswith(VIDEO))
        self.files = tuple(path for path in found if path not in self.videos)
        if not self.files:
            raise _without_images(*folders)
        self._held: dict[Path, Pixels] = {}

    def __len__(self) -> int:
        return len(self.files)

    def check(self) -> None:
        """Look at every file, without decoding pictures, before hours are spent on the others.

        Raises:
            InputError: one cannot serve; the message names it.
        """
        for path in (*self.files, *self.videos):
            if path.suffix == ".npy" or picture_head(path) is None:
                _read_image(path)

    def choose(self, rng: np.random.Generator) -> Pixels:
        """One of the images."""
        return self._opened(self.files[rng.integers(len(self.files))])

    def _opened(self, path: Path) -> Pixels:
        if path not in self._held:
            if len(self._held) >= HELD and path.suffix != ".npy":
                self._held.pop(next(iter(self._held)))
            self._held[path] = _read_image(path)
        return self._held[path]

    def __getstate__(self) -> dict[str, object]:
        """A worker process opens its own maps; the pixels themselves do not travel."""
        return {"files": self.files, "videos": self.videos, "_held": {}}

    def patch(self, rng: np.random.Generator, size: int, scale: float) -> Pixels:
        """A square (size, size, 3) of one of the images, shown at about ``scale`` output pixels to one of its own."""
        return np.asarray(_patches(rng, self.choose(rng)[None], size, scale)[0])

    def footage(self, rng: np.random.Generator, size: int, scale: float, frames: int) -> Pixels:
        """Consecutive frames (frames, size, size, 3) of one of the videos, to and fro where it is too short."""
        video = self._opened(self.videos[rng.integers(len(self.videos))])
        start = int(rng.integers(max(1, len(video) - frames + 1)))
        times = (start + np.arange(frames)) % max(1, 2 * len(video) - 2)
        return _patches(rng, video[np.where(times < len(video), times, 2 * len(video) - 2 - times)], size, scale)


def _patches(rng: np.random.Generator, images: Pixels, size: int, scale: float) -> Pixels:
    """One random square of images (T, H, W, 3) of one size, as (T, size, size, 3)."""
    height, width = images.shape[1:3]
    side = max(8, int(min(size / scale, height, width)))
    y, x = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    method = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
    crops = (np.asarray(image[y : y + side, x : x + side]) for image in images)
    return np.stack([cv2.resize(crop, (size, size), interpolation=method) for crop in crops]).astype(np.uint8)


def _images(folder: Path) -> list[Path]:
    found = [path for path in files_below(folder) if path.suffix.lower() in SUFFIXES]
    if not found:
        raise _without_images(folder)
    return found


def _without_images(*folders: Path) -> InputError:
    searched = ", ".join(map(str, folders))
    return InputError(f"No images in {searched}: expected .npy, .jpg, .png, .webp or .tif files.")


def _read_image(path: Path) -> Pixels:
    if path.suffix == ".npy":
        mapped = mapped_array(path)
        axes = ("T", "H", "W", "3") if path.name.endswith(VIDEO) else ("H", "W", "3")
        if mapped.dtype != np.uint8 or mapped.ndim != len(axes) or mapped.shape[-1] != 3:
            shape = f"uint8 ({', '.join(axes)}), display-encoded RGB"
            raise InputError(f"{path} holds {mapped.dtype} {mapped.shape}; expected {shape}.", path=str(path))
        return mapped
    image = _colours(path)
    if image is None:
        raise InputError(f"{path} could not be read as an image. Remove it from the folder or save it again.")
    scale = max(64 / min(image.shape[:2]), min(1.0, 1400 / max(image.shape[:2])))
    if scale != 1.0:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(image)


def _colours(path: Path) -> Pixels | None:
    """A picture's (H, W, 3) RGB, upright; None where it cannot be read."""
    if path.suffix.lower() in TIFF:
        stored = stored_picture(path)
        return None if stored is None else in_bytes(stored[..., :3])
    image = opencv_picture(path, cv2.IMREAD_COLOR)
    return None if image is None else np.asarray(image[..., ::-1], np.uint8)


def mapped_array(path: Path) -> Pixels:
    """The array of a .npy file, mapped and not read; its type and shape are for the caller to judge.

    Raises:
        InputError: the file is cut short or none of its kind.
    """
    try:
        mapped: Pixels = np.load(path, mmap_mode="r")
    except (OSError, OverflowError, ValueError, EOFError, TokenError) as error:
        raise InputError(f"{path} is not a whole .npy file: {error}. Make it anew.", path=str(path)) from error
    return mapped
