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
        """Keep pixels; the function that is returned gives them back, at once where they are not packed yet."""
        piece = _Piece(pixels)
        self._pool.submit(piece.pack)
        return piece.pixels


class _Piece:
    """Pixels as they came, until they are packed."""

    def __init__(self, pixels: bytes | memoryview) -> None:
        self._raw: bytes | memoryview | None = pixels
        self._packed = b""

    def pack(self) -> None:
        if self._raw is not None:
            self._packed = zlib.compress(self._raw, LEVEL)
            self._raw = None  # last, as another thread may look in between

    def pixels(self) -> bytes:
        raw = self._raw
        return zlib.decompress(self._packed) if raw is None else bytes(raw)
