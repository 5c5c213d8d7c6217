"""Small pictures of mattes, kept beside a job's log and made when somebody looks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stfam.core.errors import StfamError
from stfam.plugin.queue.errors import queue_files
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.views import FrameView

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SIDE = 120
"""Pixels of the longest side."""


def frame_mattes(store: Store, number: int) -> Iterator[tuple[FrameView, Path]]:
    """Each frame of a job whose matte is a file of its own, and that file; none of a movie.

    The file is named by the shot: a worker may have written it under another name, one that was found finished tells
    none.

    Raises:
        NoSuchJobError: there is no such job.
    """
    from stfam.core.media.pattern import FramePattern

    matte = store.job(number).shot.output.matte
    if FramePattern.matches(matte):
        pattern = FramePattern.parse(matte)
        for frame in store.frames(number, Step.MATTE):
            if frame.state != "failed":
                yield frame, pattern.path(frame.frame)


def thumbnail(store: Store, number: int, matte: Path, frame: int) -> Path | None:
    """A PNG of a frame's matte, of the same time as the matte; None where the matte cannot be read.

    Raises:
        StfamError: the picture cannot be put beside the job's log.
    """
    path = store.folder.job(number) / "thumbnails" / f"{frame}.png"
    try:
        written = matte.stat().st_mtime_ns
        if path.exists() and path.stat().st_mtime_ns == written:  # not by which is newer: clocks are set back
            return path
    except OSError:
        return None
    grey = _grey(matte)
    if grey is None:
        return None
    _write(path, grey)
    os.utime(path, ns=(written, written))
    return path


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
