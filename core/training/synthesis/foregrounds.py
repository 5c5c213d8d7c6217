"""Foregrounds that a user brings: pictures with alpha, single or numbered."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from stfam.core.errors import InputError
from stfam.core.training.synthesis.canvas import straight
from stfam.core.training.synthesis.images import picture_header
from stfam.core.training.synthesis.types import Field, Pixels

SUFFIXES = (".png", ".tif", ".tiff", ".webp", ".exr")
LONG_SIDE = 640


def picture_sequences(folder: Path) -> list[tuple[Path, ...]]:
    """The pictures below ``folder``, those that differ only in a last number together, in its order."""
    groups: dict[tuple[Path, str, str], list[tuple[int, Path]]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES:
            stem, number = re.fullmatch(r"(.*?)(\d*)", path.stem).groups()  # type: ignore[union-attr]
            groups[path.parent, stem, path.suffix].append((int(number or 0), path))
    return [tuple(path for _, path in sorted(group)) for group in groups.values()]


def check_pictures(paths: tuple[Path, ...]) -> None:
    """Look at the heads of a clip's pictures; where those leave a doubt, at the pictures themselves.

    Raises:
        InputError: as of ``read_pictures``, but for what a head does not tell.
    """
    heads = {picture_header(path) for path in paths}
    if len(heads) > 1 or any(head is None or head[2] != 4 for head in heads):
        read_pictures(paths)


def read_pictures(paths: tuple[Path, ...]) -> Pixels:
    """The pictures as a clip (T, H, W, 4) uint8 straight RGBA, at most ``LONG_SIDE`` pixels a side.

    PNG, TIFF and WebP are read as straight and display-encoded, OpenEXR as premultiplied and linear.

    Raises:
        InputError: a picture is unreadable, has no alpha, or is of another size than the first; or alpha is 0 in all.
    """
    frames = [_picture(path) for path in paths]
    odd = next((path for path, frame in zip(paths, frames, strict=True) if frame.shape != frames[0].shape), None)
    if odd is not None:
        raise InputError(f"{odd} has another size than {paths[0]}. The frames of one clip must be of one size.")
    clip = np.stack(frames)
    if not clip[..., 3].any():
        raise InputError(f"{paths[0]} has an alpha of 0 everywhere: it shows nothing. Remove it from the folder.")
    return clip


def _picture(path: Path) -> Pixels:
    frame = _exr(path) if path.suffix.lower() == ".exr" else _display(path)
    scale = LONG_SIDE / max(frame.shape[:2])
    if scale < 1.0:
        frame = np.asarray(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
    return straight(frame)


def _display(path: Path) -> Field:
    """A straight, display-encoded picture as premultiplied RGBA (H, W, 4) in [0, 1]."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise InputError(f"{path} is not a picture with alpha. Remove it from the folder, or save it as RGBA.")
    frame = np.asarray(image[..., [2, 1, 0, 3]], np.float32) / np.float32(65535 if image.dtype == np.uint16 else 255)
    frame[..., :3] *= frame[..., 3:]
    return frame


def _exr(path: Path) -> Field:
    """A premultiplied, linear picture as premultiplied display-encoded RGBA (H, W, 4) in [0, 1]."""
    import OpenImageIO

    image = OpenImageIO.ImageBuf(str(path)).get_pixels(OpenImageIO.FLOAT)
    if image is None or image.ndim != 3 or image.shape[2] < 4:
        raise InputError(f"{path} is not a picture with alpha. Remove it from the folder, or save it as RGBA.")
    alpha = image[..., 3:4].clip(0, 1)
    light = (image[..., :3] / np.maximum(alpha, 1e-4)).clip(0, 1)
    colour = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.concatenate([colour * alpha, alpha], axis=2).astype(np.float32)
