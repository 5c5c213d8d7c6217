"""Frames of a data set's clip, read as they are asked for: picture files, several a frame, or a movie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from stfam.core.errors import UnreadableFrameError
from stfam.core.training.synthesis.pictures import in_bytes, stored_picture
from stfam.core.training.synthesis.types import Pixels
from stfam.core.utf8_name import check_utf8_name

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


class Footage(Protocol):
    """A clip's frames of one kind."""

    def __len__(self) -> int: ...

    def read(self, start: int, count: int) -> Pixels:
        """Frames start .. start + count - 1 as (count, H, W, C) uint8, RGB or RGBA.

        Raises:
            UnreadableFrameError: a frame is missing, cannot be decoded, or is of another size than the first.
        """


@dataclass(frozen=True)
class PictureFiles:
    """One or more picture files a frame; several are the instances of one alpha, and their maximum is the frame."""

    frames: tuple[tuple[Path, ...], ...]

    @classmethod
    def of(cls, folder: Path) -> PictureFiles:
        """The pictures of a folder, in order of name."""
        return cls(tuple((path,) for path in pictures(folder)))

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the frames, by which other parts of a clip go with them."""
        return tuple(paths[0].stem for paths in self.frames)

    def read(self, start: int, count: int) -> Pixels:
        """See Footage."""
        chosen = self.frames[start : start + count]
        pixels = [_merged(paths) for paths in chosen]
        odd = next((paths[0] for paths, frame in zip(chosen, pixels) if frame.shape != pixels[0].shape), None)
        if odd is not None:
            first = self.frames[start][0]
            text = f"{odd} has another size or other channels than {first}. Make the frames of a clip alike."
            raise UnreadableFrameError(text, path=str(odd))
        return np.stack(pixels)


@dataclass(frozen=True)
class Still:
    """One picture that stands for every frame of a clip of the given length."""

    path: Path
    length: int

    def __len__(self) -> int:
        return self.length

    def read(self, start: int, count: int) -> Pixels:
        """See Footage."""
        return np.repeat(_picture(self.path)[None], count, 0)


@dataclass(frozen=True)
class Movie:
    """A movie file; a read decodes it from its beginning, as data sets' clips are short."""

    path: Path
    length: int

    @classmethod
    def of(cls, path: Path) -> Movie:
        """The movie, its frames counted once.

        Raises:
            InputError: there are none, or its name is no UTF-8 text.
        """
        check_utf8_name(str(path))
        capture = cv2.VideoCapture(str(path))
        length = 0
        while capture.grab():
            length += 1
        capture.release()
        if not length:
            raise UnreadableFrameError(f"{path} is missing or has no frame that can be decoded.", path=str(path))
        return cls(path, length)

    def __len__(self) -> int:
        return self.length

    def read(self, start: int, count: int) -> Pixels:
        """See Footage."""
        capture = cv2.VideoCapture(str(self.path))
        frames = []
        for index in range(start + count):
            found, frame = capture.read() if index >= start else (capture.grab(), None)
            if not found:
                capture.release()
                raise UnreadableFrameError(f"{self.path} ends before frame {start + count - 1}.", path=str(self.path))
            if frame is not None:
                frames.append(np.ascontiguousarray(frame[..., ::-1]))
        capture.release()
        return np.stack(frames).astype(np.uint8)


def pictures(folder: Path) -> list[Path]:
    """The picture files of a folder but hidden ones, in order of name; none where it is missing."""
    return sorted(p for p in folder.glob("[!.]*") if p.suffix.lower() in PICTURES) if folder.is_dir() else []


def folders(folder: Path) -> list[Path]:
    """The folders inside a folder but hidden ones, in order of name; none where it is missing."""
    return sorted(p for p in folder.glob("[!.]*") if p.is_dir()) if folder.is_dir() else []


def _merged(paths: Sequence[Path]) -> Pixels:
    layers = [_picture(path) for path in paths]
    odd = next((path for path, layer in zip(paths, layers) if layer.shape != layers[0].shape), None)
    if odd is not None:
        raise UnreadableFrameError(f"{odd} has another size or other channels than {paths[0]}.", path=str(odd))
    return layers[0] if len(layers) == 1 else np.maximum.reduce(layers)


def _picture(path: Path) -> Pixels:
    """(H, W, 3) RGB or (H, W, 4) RGBA."""
    image = stored_picture(path)
    if image is None:
        text = f"{path} is missing or is not a whole picture of those that data sets have: {', '.join(PICTURES)}."
        raise UnreadableFrameError(text, path=str(path))
    return in_bytes(image)
