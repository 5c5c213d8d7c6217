"""The SHA-256 of a file, for whoever asks whether it is the same (standard library only)."""

from __future__ import annotations

import hashlib
from pathlib import Path

_BLOCK = 2**20


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        OSError: it is missing or cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
