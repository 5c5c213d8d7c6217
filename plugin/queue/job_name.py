"""What a job may be called (standard library only)."""

from __future__ import annotations

import unicodedata

from stfam.plugin.queue.errors import JobFileError

LONGEST_NAME = 200
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of control characters, of bytes that are no text, and of line and paragraph ends."""


def checked_name(name: str, longest: int = LONGEST_NAME) -> str:
    """`name`, if it is fit for a line of a list and for a farm manager.

    Raises:
        JobFileError: it is empty, too long, or holds path separators or characters that cannot be printed.
    """
    if not name.strip() or set(name) & set("/\\") or any(unicodedata.category(c) in _UNPRINTABLE for c in name):
        raise JobFileError(f"A job's name must be a plain name on one line, not {ascii(name)}.")
    if len(name) > longest:
        raise JobFileError(f"A job's name must be at most {longest} characters, not {len(name)}; choose one by --name.")
    return name
