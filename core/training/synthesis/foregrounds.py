"""Foregrounds that a user brings: pictures with alpha, single or numbered."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from stfam.core.errors import InputError
from stfam.core.srgb import to_display
from stfam.core.training.synthesis.canvas import straight
from stfam.core.training.synthesis.pictures import files_below, picture_head, stored_picture, unit
from stfam.core.training.synthesis.types import Field, Pixels

SUFFIXES = (".png", ".tif", ".tiff", ".webp", ".exr")
LONG_SIDE = 640
SMALLEST_SIDE = 8
"""Of a picture as it is read, pixels: where it is shown small it is halved."""
HALF_MAX = 65504.0
"""What stands for infinite light."""


def picture_sequences(folder: Path) -> list[tuple[Path, ...]]:
    """The pictures below ``folder``, those that differ only in a last number together, in its order."""
    groups: dict[tuple[Path, str, str], list[tuple[int, Path]]] = defaultdict(list)
    for path in files_below(folder):
        if path.suffix.lower() in SUFFIXES:
            stem, number = re.fullmatch(r"(.*?)(\d*)", path.stem).groups()  # type: ignore[union-attr]
            groups[path.parent, stem, path.suffix].append((int(number or 0), path))
    return [tuple(path for _, path in sorted(group)) for group in groups.values()]


def check_pictures(paths: tuple[Path, ...]) -> None:
    """Look at the heads of a clip's pictures; where those leave a doubt, at the pictures themselves.

    Raises:
        InputError: as of ``read_pictures``, but for what a head does not tell.
    """
    head, *others = {picture_head(path) for path in paths}
    if others or head is None or not head.has_alpha or _is_thin(head.height, head.width):
        read_pictures(paths)


def read_pictures(paths: tuple[Path, ...]) -> Pixels:
    """The pictures as a clip (T, H, W, 4) uint8 straight RGBA, at most ``LONG_SIDE`` pixels a side.

    PNG, TIFF and WebP are read as straight and display-encoded, OpenEXR as premultiplied and linear, over its display
    window; what is not a number is nothing.

    Raises:
        InputError: a picture is unreadable, has no alpha, is too thin, or of another size than the first; or alpha is
            0 in all.
    """
    frames = [_picture(path) for path in paths]
    odd = next((path for path, frame in zip(paths, frames, strict=True) if frame.shape != frames[0].shape), None)
    if odd is not None:
        raise InputError(
            f"{odd} has another size than {paths[0]}. The frames of one clip must be of one size; "
            "pictures that are no clip have names that differ in more than a last number."
        )
    clip = np.stack(frames)
    if not clip[..., 3].any():
        raise InputError(f"{paths[0]} has an alpha of 0 everywhere: it shows nothing. Remove it from the folder.")
    return clip


def _picture(path: Path) -> Pixels:
    frame = _exr(path) if path.suffix.lower() == ".exr" else _display(path)
    height, width = frame.shape[:2]
    if _is_thin(height, width):
        raise InputError(f"{path} has {width}x{height} pixels: too few to show anything. Remove it from the folder.")
    scale = LONG_SIDE / max(height, width)
    if scale < 1.0:
        frame = np.asarray(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
    return straight(frame)


def _is_thin(height: int, width: int) -> bool:
    """Whether hardly a pixel is left of a side, once the longer one is ``LONG_SIDE`` at most."""
    return min(height, width) * min(1.0, LONG_SIDE / max(height, width)) < SMALLEST_SIDE


def _display(path: Path) -> Field:
    """A straight, display-encoded picture as premultiplied RGBA (H, W, 4) in [0, 1]."""
    image = stored_picture(path)
    if image is None or image.shape[2] != 4:
        raise _without_alpha(path)
    frame = unit(image)
    frame[..., :3] *= frame[..., 3:]
    return frame


def _exr(path: Path) -> Field:
    """A premultiplied, linear picture as premultiplied display-encoded RGBA (H, W, 4) in [0, 1]."""
    import OpenImageIO

    picture = OpenImageIO.ImageBuf(str(path))
    image = picture.get_pixels(OpenImageIO.FLOAT, picture.roi_full)
    last = picture.spec().alpha_channel
    if image is None or last < 3:
        raise _without_alpha(path)
    image = np.nan_to_num(image[..., last - 3 : last + 1], posinf=HALF_MAX, neginf=0.0)
    alpha = image[..., 3:].clip(0, 1)
    colour = to_display(image[..., :3] / np.maximum(alpha, 1e-4))
    return np.concatenate([colour * alpha, alpha], axis=2).astype(np.float32)


def _without_alpha(path: Path) -> InputError:
    return InputError(f"{path} is not a picture with alpha. Remove it from the folder, or save it as RGBA.")
