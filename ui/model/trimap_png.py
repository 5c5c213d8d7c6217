"""Trimaps as 8-bit grey PNG files, always the same bytes for the same pixels (standard library only).

Results are cached by the bytes of the key files: a trimap that is written again unchanged must stay the same file. The
compressor runs without Python's lock, so that a thread can write while the artist paints.
"""

from __future__ import annotations

import struct
import zlib

LEVEL = 1
"""Of the compressor; trimaps are flat, and more would only be slower."""


def trimap_png(pixels: bytes, width: int, height: int, stride: int) -> bytes:
    """The content of a PNG file.

    Args:
        pixels: rows of `stride` bytes, of which the first `width` count.
    """
    rows = b"".join(b"\0" + pixels[y * stride : y * stride + width] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, LEVEL)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
