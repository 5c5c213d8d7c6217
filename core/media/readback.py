"""Does a written frame read back whole, and what made it?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stfam.core.errors import InputError
from stfam.core.media.image_file import image_record, read_image


@dataclass(frozen=True)
class WrittenFrame:
    """What a file on disk turned out to hold."""

    size: tuple[int, int]
    """(h, w) of its data window."""
    record: str | None
    """Hash of what made it."""
    finite: bool
    """No NaN and no infinity."""


def read_back(path: Path) -> WrittenFrame | None:
    """Decode a written frame completely; None when it is missing, cut off or unreadable."""
    try:
        file = read_image(path)
    except InputError:
        return None
    return WrittenFrame((file.pixels.shape[0], file.pixels.shape[1]), file.record, bool(np.isfinite(file.pixels).all()))


def recorded(path: Path) -> str | None:
    """The hash in a written frame's metadata, without decoding its pixels; None where there is no such file or hash."""
    try:
        return image_record(path)
    except InputError:
        return None
