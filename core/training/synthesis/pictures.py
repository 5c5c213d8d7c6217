"""Picture files that a user brings: where they lie, what their heads say, and their pixels as they are stored."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.errors import InputError
from stfam.core.training.synthesis.types import Field, Pixels
from stfam.core.utf8_name import check_utf8_name

TIFF = (".tif", ".tiff")


def files_below(folder: Path) -> list[Path]:
    """The files below a folder, those of linked folders too, in order of path.

    Hidden ones are left out: a system keeps its own notes in them, under the names of pictures.

    Raises:
        InputError: the folder, or one below it, is missing or may not be read.
    """
    found: list[Path] = []
    entered: set[str] = set()
    for parent, folders, names in os.walk(folder, onerror=_refuse, followlinks=True):
        place = os.path.realpath(parent)
        if place in entered:  # a link to where it lies itself
            folders.clear()
            continue
        entered.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent, name) for name in names if not name.startswith(".")]
    return sorted(found)


def _refuse(error: OSError) -> NoReturn:
    raise InputError(f"The folder {error.filename} cannot be read: {error.strerror}.", path=str(error.filename))


@dataclass(frozen=True)
class PictureHead:
    """What a picture file says of itself; height and width are those of the display window."""

    height: int
    width: int
    has_alpha: bool
    """Three colours and an alpha come first."""


def picture_head(path: Path) -> PictureHead | None:
    """The head of a picture file; None where OpenImageIO cannot tell.

    Raises:
        InputError: its name is no UTF-8 text.
    """
    import OpenImageIO

    check_utf8_name(str(path))
    reader = OpenImageIO.ImageInput.open(str(path))
    if reader is None:
        OpenImageIO.geterror()
        return None
    spec = reader.spec()
    reader.close()
    return PictureHead(spec.full_height, spec.full_width, spec.alpha_channel == 3)


def stored_picture(path: Path) -> npt.NDArray[Any] | None:
    """RGB or RGBA (H, W, C) of the file's own type, straight where the file is; grey thrice. None if unreadable.

    Raises:
        InputError: its name is no UTF-8 text.
    """
    image = _by_openimageio(path) if path.suffix.lower() in TIFF else _by_opencv(path)
    if image is None or image.shape[2] > 2:
        return image
    return image[..., [0, 0, 0, 1][: image.shape[2] + 2]]


def opencv_picture(path: Path, mode: int) -> npt.NDArray[Any] | None:
    """A picture as OpenCV reads it, by one of its IMREAD modes; None if unreadable.

    Raises:
        InputError: its name is no UTF-8 text.
    """
    check_utf8_name(str(path))
    return cv2.imread(str(path), mode)


def _by_opencv(path: Path) -> npt.NDArray[Any] | None:
    image = opencv_picture(path, cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim == 2:
        return None if image is None else image[..., None]
    return np.ascontiguousarray(image[..., [2, 1, 0, 3][: image.shape[2]]])


def _by_openimageio(path: Path) -> npt.NDArray[Any] | None:
    """OpenCV multiplies a TIFF's straight colours by their alpha where they have 8 bits, and not where they have 16."""
    import OpenImageIO

    check_utf8_name(str(path))
    as_stored = OpenImageIO.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)
    reader = OpenImageIO.ImageInput.open(str(path), as_stored)
    image = None if reader is None else reader.read_image("unknown")
    OpenImageIO.geterror()
    return None if image is None else np.asarray(image)


def unit(image: npt.NDArray[Any]) -> Field:
    """Stored pixels in [0, 1]; whole numbers by the most that they can be, floats as they are."""
    white = np.iinfo(image.dtype).max if image.dtype.kind == "u" else 1
    return np.nan_to_num(np.asarray(image, np.float32) / np.float32(white)).clip(0, 1)


def in_bytes(image: npt.NDArray[Any]) -> Pixels:
    """Stored pixels as bytes."""
    return image if image.dtype == np.uint8 else np.rint(unit(image) * 255).astype(np.uint8)
