"""A tiny shot for the real `stfam`, and what it makes of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

WIDTH, HEIGHT = 96, 64
FRAMES = tuple(range(1001, 1013))
KEYS = (1001, 1008)

THREADS = {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}
"""The same in every process, so that sums round the same on any machine."""


@dataclass(frozen=True)
class RealShot:
    """Plate and key trimaps in a folder; `arguments` are those of `stfam render` but for the output."""

    folder: Path

    @property
    def arguments(self) -> list[str]:
        keys = [text for key in KEYS for text in ("--key", f"{key}={self.folder / f'key.{key}.png'}")]
        return [str(self.folder / "plate" / "p.####.exr"), *keys]

    def plate(self, frame: int) -> Path:
        """The file of a plate frame."""
        return self.folder / "plate" / f"p.{frame}.exr"


def make_real_shot(folder: Path) -> RealShot:
    """A disc with a soft edge that moves over noise."""
    shot = RealShot(folder)
    (folder / "plate").mkdir(parents=True)
    dice = np.random.default_rng(6)
    behind = dice.random((HEIGHT, WIDTH, 3), np.float32) * np.float32(0.3)
    for frame in FRAMES:
        alpha = _alpha(frame)[..., None]
        _write(shot.plate(frame), alpha * np.float32([0.7, 0.3, 0.1]) + (1 - alpha) * behind)
    for key in KEYS:
        alpha = _alpha(key)
        trimap = np.where(alpha <= 0, 0, np.where(alpha >= 1, 255, 128)).astype(np.uint8)
        _write(folder / f"key.{key}.png", trimap[..., None])
    return shot


def mattes(folder: Path) -> dict[str, bytes]:
    """Every matte of a folder, to the byte."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("m.*.exr"))}


def real_environment(queue: Path) -> dict[str, str]:
    """Of processes that render with the real program."""
    own = {key: value for key, value in os.environ.items() if key != "STFAM_RENDER_PROGRAM"}
    return {**own, **THREADS, "STFAM_QUEUE": str(queue)}


def _alpha(frame: int) -> npt.NDArray[np.float32]:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    distance = np.hypot(rows - HEIGHT / 2, columns - 34 - 2 * (frame - FRAMES[0]))
    return np.clip((26 - distance) / 10, 0, 1).astype(np.float32)


def _write(path: Path, pixels: npt.NDArray[np.generic]) -> None:
    height, width, channels = pixels.shape
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), oiio.ImageSpec(width, height, channels, str(pixels.dtype)))
    assert output.write_image(np.ascontiguousarray(pixels))
    output.close()
