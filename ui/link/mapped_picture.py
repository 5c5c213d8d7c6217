"""A picture in a file that the worker wrote, mapped and not copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QFile
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
        file: owns the mapping, so it has to live as long. It is closed: a process may not have as many files open as a
            long clip has pictures.
    """

    image: QImage
    level: int
    stale: bool
    proxy: bool
    bytes: int
    file: QFile


def map_picture(answer: dict[str, Any], level: int) -> Picture:
    """The picture that the answer to a `frame` request describes.

    Raises:
        OSError: the file is gone, or cannot be mapped.
        ValueError: the file is shorter than the picture.
    """
    kind, width = FORMATS[answer["format"]]
    size = answer["stride"] * answer["height"]
    file = QFile(answer["path"])
    if not file.open(QFile.OpenModeFlag.ReadOnly):
        raise OSError(f"{answer['path']} cannot be read: {file.errorString()}")
    if file.size() < size or answer["stride"] < answer["width"] * width:
        raise ValueError(f"{answer['path']} holds {file.size()} bytes; the picture takes {size}")
    mapping: Any = file.map(0, size)
    file.close()
    if mapping is None:
        raise OSError(f"{answer['path']} cannot be mapped: {file.errorString()}")
    image = QImage(mapping.toreadonly(), answer["width"], answer["height"], answer["stride"], kind)
    return Picture(image, level, bool(answer["stale"]), bool(answer["proxy"]), size, file)
