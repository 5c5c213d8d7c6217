"""Small pictures of mattes, kept beside a job's log and made when somebody looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stfam.core.errors import StfamError
from stfam.plugin.queue.errors import queue_files
from stfam.plugin.queue.store import Store

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SIDE = 120
"""Pixels of the longest side."""


def thumbnail(store: Store, number: int, matte: Path, frame: int) -> Path | None:
    """A PNG of a frame's matte, newer than the matte; None where the matte cannot be read.

    Raises:
        StfamError: the picture cannot be put beside the job's log.
    """
    path = store.folder.job(number) / "thumbnails" / f"{frame}.png"
    try:
        if path.exists() and path.stat().st_mtime_ns >= matte.stat().st_mtime_ns:
            return path
    except OSError:
        return None
    grey = _grey(matte)
    if grey is not None:
        _write(path, grey)
    return None if grey is None else path


def _grey(matte: Path) -> npt.NDArray[np.uint8] | None:
    """The matte in small, (H, W, 1)."""
    import numpy as np  # image libraries: only who asks for pictures waits for them

    from stfam.core.media.image_file import read_image

    try:
        pixels = read_image(matte).pixels
    except (StfamError, OSError):
        return None
    step = max(1, -(-max(pixels.shape[:2]) // SIDE))
    rows, columns = (size // step * step or size for size in pixels.shape[:2])
    whole = pixels[:rows, :columns, :1]
    if rows >= step and columns >= step:
        whole = whole.reshape(rows // step, step, columns // step, step, 1).mean((1, 3))
    return np.ascontiguousarray((np.clip(whole, 0, 1) * 255 + 0.5).astype(np.uint8))


def _write(path: Path, grey: npt.NDArray[np.uint8]) -> None:
    import OpenImageIO as oiio

    from stfam.core.media.matte_writer import write_atomic

    with queue_files(path):
        path.parent.mkdir(exist_ok=True)
    write_atomic(path, oiio.ImageSpec(grey.shape[1], grey.shape[0], 1, oiio.UINT8), grey)
