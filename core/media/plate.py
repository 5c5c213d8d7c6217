"""Plates: image sequences and movies behind one interface, one frame at a time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.errors import InputError, MissingFrameError, MissingPlateError, UnreadableFrameError
from stfam.core.media.colour import check_colorspace, configuration_identity
from stfam.core.media.frame_meta import FloatImage, FrameMeta, to_canvas
from stfam.core.media.image_file import read_image, read_meta
from stfam.core.media.pattern import FramePattern
from stfam.core.plate_pattern import is_movie

_LAYER = re.compile(r"(?P<path>.*\.exr):(?P<layer>[^:/\\]+)", re.IGNORECASE)


@dataclass(frozen=True)
class PlateFrame:
    """One frame of a plate on its display window."""

    frame: int
    image: FloatImage
    """(H, W, 3) as stored in the file, unclipped; pixels that were not finite are filled from around."""
    meta: FrameMeta
    bad_pixels: int
    """How many pixels were NaN or infinite."""
    first_bad: tuple[int, int] | None = None
    """(x, y) of the first of them."""


class Plate(Protocol):
    """A clip that hands out frames by the plate's own numbers."""

    @property
    def frames(self) -> tuple[int, ...]:
        """Frame numbers that are there, in order."""

    @property
    def steady(self) -> bool:
        """Whether its frames follow one another at one rate, so that a player by time shows them by their numbers."""

    @property
    def name(self) -> str:
        """What the plate is called in messages."""

    @property
    def named(self) -> tuple[int, ...] | None:
        """Frames that the plate's spelling names, there or not; None where it names none."""

    def path(self, frame: int) -> Path:
        """The file that holds a frame, there or not."""

    def read(self, frame: int) -> PlateFrame:
        """One frame.

        Raises:
            MissingFrameError: it is not there.
            UnreadableFrameError: it is there and cannot be read.
        """

    def identity(self, frame: int) -> str:
        """What changes when the frame does: of `file_identity`.

        Raises:
            MissingFrameError: it is not there.
        """

    def close(self) -> None:
        """Let go of files."""


class SequencePlate:
    """A sequence of image files, read by OpenImageIO."""

    def __init__(self, pattern: FramePattern, *, layer: str | None = None, colorspace: str | None = None) -> None:
        self._pattern = pattern
        self._layer = layer
        self._colorspace = colorspace
        self._frames = pattern.existing()
        if not self._frames:
            raise MissingPlateError(_nothing_there(pattern), path=str(pattern))

    @property
    def frames(self) -> tuple[int, ...]:
        """Frame numbers that are on disk, in order."""
        return self._frames

    @property
    def steady(self) -> bool:
        """They have no times of their own."""
        return True

    @property
    def name(self) -> str:
        """The pattern."""
        return str(self._pattern)

    @property
    def named(self) -> tuple[int, ...] | None:
        """Those of the pattern."""
        return None if self._pattern.range is None else self._pattern.range.frames

    def path(self, frame: int) -> Path:
        """See Plate."""
        return self._pattern.path(frame)

    def read(self, frame: int) -> PlateFrame:
        """See Plate."""
        path = self._pattern.path(frame)
        try:
            file = read_image(path, self._layer)
        except MissingFrameError as error:
            text = f"Frame {frame} of the plate is missing: {path}."
            raise MissingFrameError(text, frame=frame, path=str(path)) from error
        self._check_size(frame, file.meta)
        meta = file.meta
        if self._colorspace is not None:
            meta = replace(meta, colorspace=self._colorspace, colour_caveat=None)
        image = to_canvas(file.pixels, meta)
        filled, bad, first = fill_bad_pixels(image)
        return PlateFrame(frame, filled, meta, bad, first)

    def _check_size(self, frame: int, meta: FrameMeta) -> None:
        if meta.size != self._size and self._size is not None:
            (height, width), (wanted_height, wanted_width) = meta.size, self._size
            raise UnreadableFrameError(
                f"Frame {frame} of {self.name} is {width}x{height}, but the others are "
                f"{wanted_width}x{wanted_height}. All frames of a plate have one size: name those that belong "
                "together, name.1001-1100#.exr for example.",
                frame=frame,
                size=meta.size,
            )

    @cached_property
    def _size(self) -> tuple[int, int] | None:
        """(height, width) of most of the first, the middle and the last frame: a slate, say, does not decide."""
        frames = self._frames
        sizes = Counter(filter(None, map(self._size_of, (frames[0], frames[len(frames) // 2], frames[-1]))))
        return sizes.most_common(1)[0][0] if sizes else None

    def _size_of(self, frame: int) -> tuple[int, int] | None:
        try:
            return read_meta(self._pattern.path(frame), self._layer).size
        except InputError:
            return None

    def identity(self, frame: int) -> str:
        """See Plate."""
        return file_identity(self._pattern.path(frame), frame, self._layer or "", self._colorspace or "")

    def close(self) -> None:
        """Nothing stays open between frames."""


def open_plate(spec: str, colorspace: str | None = None) -> Plate:
    """A plate by its spelling.

    Args:
        spec: `name.####.exr`, `name.%04d.exr`, `name.1001-1100#.exr`, one file of a sequence, or a movie; a single #
            stands for four digits, or for numbers without leading zeros where those are there;
            `name.####.exr:layer` reads a layer or part of an EXR.
        colorspace: of the plate; None takes what the files say.

    Raises:
        MissingPlateError: nothing is there.
        UsageError: the colour space is unknown.
    """
    named = check_colorspace(colorspace) if colorspace else None
    layered = _LAYER.fullmatch(spec)
    path, layer = (layered["path"], layered["layer"]) if layered else (spec, None)
    if is_movie(path):
        from stfam.core.media.movie_plate import MoviePlate

        return MoviePlate(Path(path), colorspace=named)
    pattern = FramePattern.of_existing(path) if FramePattern.matches(path) else FramePattern.of_file(path)
    return SequencePlate(pattern, layer=layer, colorspace=named)


def file_identity(path: Path, frame: int, *parts: str) -> str:
    """What changes when a frame's file does, or how it is read: name, size, time, `parts`, the colour configuration.

    Raises:
        MissingFrameError: the file is not there.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise MissingFrameError(f"Frame {frame} of the plate is missing: {path}.", frame=frame) from error
    configuration = configuration_identity()
    return "|".join((path.name, f"{status.st_size}|{status.st_mtime_ns}", *parts, *filter(None, [configuration])))


def _nothing_there(pattern: FramePattern) -> str:
    """Why a plate has no frame at all, of those that its spelling names."""
    if Path(str(pattern)).is_dir():
        return f"{pattern} is a folder. Name its frames, name.####.exr in it for example."
    if pattern.range is None:
        return f"There are no frames of {pattern}."
    if len(pattern.range) == 1:
        return f"{pattern.path(pattern.range.frames[0])} is missing."
    return f"There are no frames {pattern.range.words} of {pattern}."


def fill_bad_pixels(image: FloatImage) -> tuple[FloatImage, int, tuple[int, int] | None]:
    """Replace pixels that are not finite by the mean of the finite ones about them, or by the nearest one farther off.

    Where there are none at all, the image is black.

    Returns:
        The image (the same one when nothing was wrong), the number of bad pixels, (x, y) of the first.
    """
    values = np.isfinite(image)
    if values.all():
        return image, 0, None
    finite: npt.NDArray[np.bool_] = np.asarray(values.all(2))
    known = np.asarray(finite, np.float32)
    clean = np.where(finite[..., None], image, 0.0).astype(np.float32)
    total = cv2.blur(known, (5, 5))[..., None]
    near = cv2.blur(clean, (5, 5)) / np.maximum(total, 1e-6)
    clean[~finite] = near[~finite]
    far = ~finite & (total[..., 0] < 0.01)
    if far.any() and finite.any():
        x, y, width, height = cv2.boundingRect((~finite).astype(np.uint8))
        part = slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1)
        clean[part][far[part]] = _nearest(clean[part], finite[part])[far[part]]
    rows, columns = np.nonzero(~finite)
    return clean, len(rows), (int(columns[0]), int(rows[0]))


def _nearest(image: FloatImage, known: npt.NDArray[np.bool_]) -> FloatImage:
    """At each pixel (H, W, 3) the colour of the nearest that is known; at least one is."""
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(labels.max()) + 1, image.shape[2]), np.float32)
    colours[labels[known]] = image[known]
    return np.asarray(colours[labels])
