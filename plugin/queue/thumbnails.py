"""Small pictures of mattes, kept beside a job's log and made when somebody looks."""

from __future__ import annotations

from pathlib import Path

from stfam.plugin.queue.store import Store

SIDE = 120
"""Pixels of the longest side."""


def thumbnail(store: Store, number: int, matte: Path, frame: int) -> Path | None:
    """A PNG of a frame's matte, newer than the matte; None where the matte cannot be read."""
    path = store.folder.job(number) / "thumbnails" / f"{frame}.png"
    try:
        if path.exists() and path.stat().st_mtime_ns >= matte.stat().st_mtime_ns:
            return path
    except OSError:
        return None
    return path if _draw(matte, path) else None


def _draw(matte: Path, path: Path) -> bool:
    import numpy as np  # image libraries: only who asks for pictures waits for them
    import OpenImageIO as oiio

    from stfam.core.errors import StfamError
    from stfam.core.media.image_file import read_image
    from stfam.core.media.matte_writer import write_atomic

    try:
        pixels = read_image(matte).pixels
        step = max(1, -(-max(pixels.shape[:2]) // SIDE))
        rows, columns = (size // step * step or size for size in pixels.shape[:2])
        whole = pixels[:rows, :columns, :1]
        if rows >= step and columns >= step:
            whole = whole.reshape(rows // step, step, columns // step, step, 1).mean((1, 3))
        grey = np.ascontiguousarray((np.clip(whole, 0, 1) * 255 + 0.5).astype(np.uint8))
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, oiio.ImageSpec(grey.shape[1], grey.shape[0], 1, oiio.UINT8), grey)
    except (StfamError, OSError):
        return False
    return True
