"""Memory that one frame frees stays with the process, for the next frame."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt, from malloc.h."""
LARGEST = 128 * 2**20
"""Bytes; what is larger is handed back at once."""
KEPT = 512 * 2**20
"""Bytes that may be free at the end of the heap before some are handed back."""
_CHOICES = ("GLIBC_TUNABLES", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")


def keep_memory(environment: Mapping[str, str] = os.environ) -> bool:
    """Have glibc keep what is freed, up to a bound; to be called in processes of our own alone.

    By default it hands every large tensor's pages back to the kernel when the tensor goes, and the next one's are
    mapped and zeroed anew: a third of the time of a dense 1920x1080 frame. Whoever chose glibc's behaviour by its
    environment variables keeps what was chosen.

    Returns:
        Whether it was done; other C libraries have nothing of the kind.
    """
    if any(name in environment for name in _CHOICES):
        return False
    library = _glibc()
    return library is not None and bool(
        library.mallopt(_MMAP_THRESHOLD, LARGEST) and library.mallopt(_TRIM_THRESHOLD, KEPT)
    )


def give_memory_back() -> None:
    """Hand what is free back to the kernel now: when memory has run out."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None
