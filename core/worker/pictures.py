"""Display-ready pictures as raw files that a panel maps into memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.errors import WriteError
from stfam.core.media.frame_meta import FloatImage
from stfam.core.srgb import to_display, to_linear

Bytes: TypeAlias = npt.NDArray[np.uint8]

CHECKER = 16
"""Side of a square of the checker in pixels of the picture."""
CHECKER_GRAYS = (0.18, 0.34)
"""Display values of its squares."""

DISK_LIMIT = 6 << 30
"""Bytes of pictures kept on disk a plate; the oldest go first."""


@dataclass(frozen=True)
class PictureFile:
    """A raw picture on disk.

    Attributes:
        format: rgb32 (B, G, R, 255 a pixel), gray8 or index8.
        stride: bytes from one row to the next.
    """

    path: str
    width: int
    height: int
    stride: int
    format: str


class PictureFolder:
    """Writes pictures once; a name stands for one content, so that a mapped file never changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, PictureFile] = {}
        self._written = 0
        self._lock = threading.Lock()

    def picture(self, name: str, kind: str, make: Callable[[], Bytes]) -> PictureFile:
        """The picture `name`; made by `make`, (H, W) or (H, W, 4) bytes, where it is not there.

        Raises:
            WriteError: the disk is full or the folder gone.
        """
        with self._lock:
            known = self._known.get(name)
        if known is not None and Path(known.path).is_file():
            return known
        written = self._write(name, kind, make())
        with self._lock:
            self._known[name] = written
        return written

    def _write(self, name: str, kind: str, pixels: Bytes) -> PictureFile:
        height, width = pixels.shape[:2]
        pixels = pixels if pixels.ndim == 3 else _padded(pixels)
        path = self._folder / f"{name}.raw"
        temporary = self._folder / f".{name}.{os.getpid()}.{threading.get_ident()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(pixels.tobytes())
            _put(temporary, path)
        except OSError as error:
            with suppress(OSError):  # it may not have been made
                temporary.unlink()
            raise WriteError(
                f"The picture cache {self._folder} could not be written: {error.strerror or error}. Free some space.",
                path=str(path),
            ) from error
        self._written += pixels.nbytes
        if self._written > DISK_LIMIT // 4:
            self._written = 0
            self.trim(DISK_LIMIT)
        return PictureFile(str(path), width, height, pixels.strides[0], kind)

    def trim(self, limit: int) -> None:
        """Delete the oldest pictures until `limit` bytes are left; mapped ones stay readable where they may.

        What a killed worker left half written goes with them. Another thread or process may do so at the same time.
        """
        found = [(path, _status(path)) for path in self._folder.glob("*")]
        there = [(status.st_mtime, status.st_size, path) for path, status in found if status is not None]
        total = 0
        for _, size, path in sorted(there, reverse=True):
            total += size
            if total > limit:
                with suppress(PermissionError):  # Windows keeps what is mapped
                    path.unlink(missing_ok=True)


def _put(temporary: Path, path: Path) -> None:
    """Give a picture its name; where the one that a worker before this one left is mapped, Windows keeps that."""
    try:
        os.replace(temporary, path)
    except PermissionError:
        if not path.is_file():
            raise
        temporary.unlink()


def reduced(image: npt.NDArray[Any], level: int) -> npt.NDArray[Any]:
    """The image (H, W) or (H, W, C) at half its size, `level` times, by area."""
    if level == 0:
        return image
    height, width = image.shape[:2]
    size = (max(1, width >> level), max(1, height >> level))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def rgb32(display: FloatImage) -> Bytes:
    """(H, W, 3) display values in [0, 1] as (H, W, 4) B, G, R, 255."""
    picture = np.empty((*display.shape[:2], 4), np.uint8)
    picture[..., 2::-1] = np.rint(np.clip(display, 0, 1) * 255)
    picture[..., 3] = 255
    return picture


def gray8(values: FloatImage) -> Bytes:
    """(H, W) values in [0, 1] as 8 bit."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def comp(foreground: FloatImage, alpha: FloatImage, background: FloatImage) -> FloatImage:
    """Straight foreground (H, W, 3) over a background, in linear light; display values in [0, 1] in and out."""
    share = alpha[..., None]
    return to_display(to_linear(foreground) * share + to_linear(background) * (1 - share))


def filling(picture: FloatImage, height: int, width: int, squeeze: float = 1.0) -> FloatImage:
    """The middle of a picture (h, w, 3) that has the shape of a frame, at the frame's size.

    Args:
        picture: of any shape.
        height, width: of the frame, pixels.
        squeeze: width of the picture's pixels over that of the frame's.
    """
    high, wide = picture.shape[:2]
    scale = max(height / high, width / (wide * squeeze))
    rows = max(1, min(high, round(height / scale)))
    columns = max(1, min(wide, round(width / (scale * squeeze))))
    top, left = (high - rows) // 2, (wide - columns) // 2
    middle = np.ascontiguousarray(picture[top : top + rows, left : left + columns])
    return np.asarray(cv2.resize(middle, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def checker(height: int, width: int) -> FloatImage:
    """(H, W, 3) display values of a checker."""
    rows, columns = np.indices((height, width), sparse=True)
    squares = (rows // CHECKER + columns // CHECKER) % 2
    grays = np.where(squares == 0, *CHECKER_GRAYS).astype(np.float32)
    return np.repeat(grays[..., None], 3, axis=2)


def edge(alpha: FloatImage) -> Bytes:
    """(H, W) 8 bit: the line where alpha passes one half, softly."""
    inside = (alpha > 0.5).astype(np.uint8)
    line = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.asarray(line * np.uint8(230), np.uint8)


def _status(path: Path) -> os.stat_result | None:
    """None where the file has gone meanwhile."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _padded(values: Bytes) -> Bytes:
    """Rows of a multiple of four bytes, as Qt wants them; the columns that are added repeat the last one."""
    extra = -values.shape[1] % 4
    return np.ascontiguousarray(np.pad(values, ((0, 0), (0, extra)), "edge") if extra else values)
