"""A picture in a file that the worker wrote, mapped and not copied."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QImage

FORMATS = {
    "rgb32": (QImage.Format.Format_RGB32, 4),
    "gray8": (QImage.Format.Format_Grayscale8, 1),
    "index8": (QImage.Format.Format_Indexed8, 1),
}
"""What the worker writes, and bytes a pixel."""


@dataclass(frozen=True)
class Picture:
    """One layer of one frame.

    Attributes:
        image: over the mapped file; valid as long as this object lives.
        level: 0 is full size, each next level half of it.
        stale: computed from an earlier key, parameter or plate.
        proxy: computed at proxy size.
        bytes: size in memory.
    """

    image: QImage
    level: int
    stale: bool
    proxy: bool
    bytes: int
    mapping: mmap.mmap


def map_picture(answer: dict[str, Any], level: int) -> Picture:
    """The picture that the answer to a `frame` request describes.

    Raises:
        OSError: the file is gone.
        ValueError: the file is shorter than the picture.
    """
    kind, width = FORMATS[answer["format"]]
    size = answer["stride"] * answer["height"]
    with open(answer["path"], "rb") as file:
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if len(mapping) < size or answer["stride"] < answer["width"] * width:
        raise ValueError(f"{answer['path']} holds {len(mapping)} bytes; the picture takes {size}")
    image = QImage(mapping, answer["width"], answer["height"], answer["stride"], kind)  # type: ignore[call-overload]
    return Picture(image, level, bool(answer["stale"]), bool(answer["proxy"]), size, mapping)
