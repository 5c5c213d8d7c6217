"""Files written whole or not at all (standard library only)."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stfam.core.errors import WriteError


def write_whole(path: Path, content: str | bytes) -> None:
    """Put text, as UTF-8, or bytes at `path`; whoever reads it sees the old or the new, also when two write at once.

    Raises:
        OSError: the folder is gone or full; nothing is left behind.
    """
    with _beside(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Where to write what will be `path`, whose folder is made: it is there whole afterwards, or as it was before.

    Raises:
        WriteError: the disk is full, or the folder cannot be written to; nothing is left behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path) as temporary:
            yield temporary
    except OSError as error:
        reason = error.strerror or str(error)
        text = f"{path} could not be written: {reason}. What was there before is as it was."
        raise WriteError(text, path=str(path)) from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())  # before the name: a power cut leaves the old file or the new one
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
