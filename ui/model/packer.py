"""Pixels that undo steps keep: compressed by a thread beside the artist's."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

LEVEL = 1
"""Of the compressor; trimaps are flat, and more would only be slower."""


class Packer:
    """Compresses one piece after another. The compressor runs without Python's lock, so nothing waits for it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "stfam-undo")

    def pack(self, pixels: bytes | memoryview) -> Callable[[], bytes]:
        """Keep pixels; the function that is returned gives them back, and waits where they are not packed yet."""
        packed = self._pool.submit(zlib.compress, pixels, LEVEL)
        return lambda: zlib.decompress(packed.result())
