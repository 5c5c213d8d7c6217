"""A tiny shot for the real `stfam`, and what it makes of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

FRAMES = tuple(range(1001, 1013))

THREADS = {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}
"""The same in every process, so that sums round the same on any machine."""

Image = npt.NDArray[np.float32]


@dataclass(frozen=True)
class RealShot:
    """Plate and key trimaps in a folder; `arguments` are those of `stfam render` but for the output."""

    folder: Path
    keys: tuple[int, ...]

    @property
    def arguments(self) -> list[str]:
        keys = [text for key in self.keys for text in ("--key", f"{key}={self.key(key)}")]
        return [str(self.folder / "plate" / "p.####.exr"), *keys]

    def plate(self, frame: int) -> Path:
        """The file of a plate frame."""
        return self.folder / "plate" / f"p.{frame}.exr"

    def key(self, frame: int) -> Path:
        """The trimap of a keyframe."""
        return self.folder / f"key.{frame}.png"


def make_real_shot(
    folder: Path, *, size: tuple[int, int] = (96, 64), frames: int = 12, keys: tuple[int, ...] = (1001, 1008)
) -> RealShot:
    """A disc with a soft edge that moves over noise; `size` is width and height, frames start at 1001."""
    shot = RealShot(folder, keys)
    (folder / "plate").mkdir(parents=True)
    width, height = size
    dice = np.random.default_rng(6)
    behind = dice.random((height, width, 3), np.float32) * np.float32(0.3)
    colour = np.array([0.7, 0.3, 0.1], np.float32)
    for index in range(frames):
        alpha = _alpha(index / frames, size)[..., None]
        _write(shot.plate(1001 + index), alpha * colour + (1 - alpha) * behind)
    for key in keys:
        alpha = _alpha((key - 1001) / frames, size)
        trimap = np.where(alpha <= 0, 0, np.where(alpha >= 1, 255, 128)).astype(np.uint8)
        _write(shot.key(key), trimap[..., None])
    return shot


def mattes(folder: Path) -> dict[str, bytes]:
    """Every matte of a folder, to the byte."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("m.*.exr"))}


def real_environment(queue: Path) -> dict[str, str]:
    """Of processes that render with the real program."""
    own = {key: value for key, value in os.environ.items() if key != "STFAM_RENDER_PROGRAM"}
    return {**own, **THREADS, "STFAM_QUEUE": str(queue)}


def _alpha(moved: float, size: tuple[int, int]) -> Image:
    width, height = size
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot(rows - height / 2, columns - width * (0.35 + 0.25 * moved))
    return np.clip((0.4 * height - distance) / (0.15 * height), 0, 1).astype(np.float32)


def _write(path: Path, pixels: npt.NDArray[np.generic]) -> None:
    height, width, channels = pixels.shape
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), oiio.ImageSpec(width, height, channels, str(pixels.dtype)))
    assert output.write_image(np.ascontiguousarray(pixels))
    output.close()
