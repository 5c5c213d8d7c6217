"""Memory that ran out: what it looks like, and the error that it is where no fallback is left (stdlib only)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stfam.core.errors import DeviceMemoryError

_SIGNS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "insufficient memory",
    "bad allocation",
    "bad_alloc",
    "alloc_failed",
)
"""Of torch's allocators, OpenCV's, C++'s on Windows and elsewhere, and CUDA's libraries."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on any device."""
    if isinstance(error, MemoryError):
        return True
    of_a_library = isinstance(error, RuntimeError) or type(error).__module__ == "cv2"
    return of_a_library and any(sign in str(error).lower() for sign in _SIGNS)


def device_memory_error(error: BaseException) -> DeviceMemoryError:
    """The program's own error for one that says that memory ran out."""
    return DeviceMemoryError("Out of memory. Close other programs, or use a machine that has more.", failure=str(error))


@contextmanager
def memory_errors() -> Iterator[None]:
    """Whatever a library calls it, memory that runs out inside is the program's own error.

    Raises:
        DeviceMemoryError: memory ran out.
    """
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise device_memory_error(error) from error
