"""A folder whose shots are queued when they land in it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from stfam.core.errors import StfamError
from stfam.core.file_hash import file_sha256
from stfam.core.plate_pattern import is_shot
from stfam.core.shot import Shot
from stfam.plugin.queue.errors import QueueError, QueueFilesError
from stfam.plugin.queue.reports import Notice
from stfam.plugin.queue.schema import watched
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.submission import job_from_shot, submit

AGAIN_SECONDS = 30.0
"""How often a shot that was refused is looked at again: its plate may land after it."""
TURN_SECONDS = 1.0
"""After which a look leaves shots to the next one: a runner that looks has tasks to see to."""
PLATE_SECONDS = 10.0
"""How long a plate has the same frames before a shot that names none is rendered for those: more may be landing."""


class WatchedFolder:
    """Looks at a folder when asked. What has been queued is remembered in the store, so that nothing is queued twice.

    A file counts when its size and time are the same at two looks: while it is still being copied it is left alone. A
    file whose contents change later is queued again; one that is touched or renamed is not. One that is refused is
    tried again every half minute, and what is wrong with it is said once.

    Attributes:
        expecting: whether the last look found a file that may be queued at one of the next ones.

    Raises:
        QueueError: there is no such folder, or it cannot be read.
    """

    def __init__(self, store: Store, folder: str) -> None:
        self._store = store
        self._folder = Path(folder).absolute()
        self._seen: dict[Path, str] = {}
        self._done: dict[Path, str] = {}
        self._again: dict[Path, float] = {}
        self._plates: dict[Path, tuple[str, float]] = {}
        self.expecting = False
        self._trouble: str | None = None
        try:
            self._shots()
        except OSError as error:
            raise QueueError(f"The folder {self._folder} cannot be watched: {error.strerror}.") from error

    @property
    def refused(self) -> list[str]:
        """Names of the shots that are there and were refused when they were last looked at."""
        return sorted(_shown(path.name) for path in self._again if path.exists())

    def look(self) -> list[Notice]:
        """Queue what is new and complete; returns what there is to say of it."""
        try:
            shots, trouble = self._shots(), None
        except OSError as error:
            shots, trouble = [], f"ERROR: The watched folder {self._folder} cannot be read: {error.strerror}"
        notices = self._changed(trouble)
        self.expecting = is_over = False
        until = time.monotonic() + TURN_SECONDS
        for path in sorted(shots, key=lambda path: self._again.get(path, 0.0)):
            stamp = _stamp(path)
            if self._seen.get(path) != stamp:
                self._seen[path] = stamp
                self._again.pop(path, None)
                self._plates.pop(path, None)
                self.expecting |= stamp != ""
            elif stamp not in ("", self._done.get(path)) and time.monotonic() >= self._again.get(path, 0.0):
                if is_over:
                    self.expecting = True
                    continue
                self._again.pop(path, None)
                notices += self._queue(path)
                is_over = time.monotonic() > until
                if path in self._plates:
                    self.expecting = True
                elif path not in self._again:
                    self._done[path] = stamp
        return notices

    def _shots(self) -> list[Path]:
        return sorted(self._folder / name for name in os.listdir(self._folder) if is_shot(name))

    def _changed(self, trouble: str | None) -> list[Notice]:
        """What there is to say of the folder itself: what is wrong with it, or no more, once."""
        if trouble == self._trouble:
            return []
        self._trouble = trouble
        return [Notice(_shown(trouble or f"The watched folder {self._folder} can be read again"))]

    def _queue(self, path: Path) -> list[Notice]:
        """Queue the shot and remember it in one transaction: never twice, and not forgotten if this process dies."""
        identity = _identity(path)
        if self._is_queued(path, identity):
            return []

        def remember(connection: Connection) -> None:
            if not _remember(connection, path, identity, None):
                raise _QueuedByAnother(f"{_shown(path.name)} is queued already.")

        try:
            shot = Shot.load(path)
            job = job_from_shot(shot, path.stem, None)
            if shot.frames is None and not self._is_settled(path, job.frames):
                return []
            added = submit(self._store, job, along=remember)
        except QueueFilesError:
            raise
        except _QueuedByAnother as already:
            return [Notice(str(already))]
        except Exception as error:  # whatever is wrong with one file, the others are queued
            self._plates.pop(path, None)
            self._again[path] = time.monotonic() + AGAIN_SECONDS
            said = _shown(str(error) if isinstance(error, StfamError) else f"{type(error).__name__}: {error}")
            with self._store.database.write() as connection:
                new = _remember(connection, path, identity, said)
            return [Notice(f"ERROR: {_shown(path.name)} was not queued: {said}")] if new else []
        return [Notice(f'Queued job {added.number} "{added.job.name}" from {_shown(str(path))}')]

    def _is_settled(self, path: Path, frames: str) -> bool:
        """Whether the plate of the shot at `path` has had just these frames for a while."""
        now = time.monotonic()
        known, since = self._plates.get(path, ("", now))
        if known == frames and now - since >= PLATE_SECONDS:
            del self._plates[path]
            return True
        self._plates[path] = frames, since if known == frames else now
        return False

    def _is_queued(self, path: Path, identity: str) -> bool:
        """Whether these contents are queued under this name, or under one in this folder that is gone: renamed."""
        query = select(watched.c.path).where(watched.c.identity == identity, watched.c.error.is_(None))
        with self._store.database.read() as connection:
            names = [Path(name) for name in connection.execute(query).scalars()]
        shown = Path(_shown(str(path)))
        return any(name == shown or (name.parent == shown.parent and not name.exists()) for name in names)


class _QueuedByAnother(QueueError):
    """Another process that watches the folder was quicker."""


def _remember(connection: Connection, path: Path, identity: str, error: str | None) -> bool:
    """Whether this is news of this file; it is not if it is queued already."""
    row = {"path": _shown(str(path)), "identity": identity, "error": error}
    query = select(watched.c.error).where(watched.c.path == row["path"], watched.c.identity == identity)
    if any(known in (None, error) for known in connection.execute(query).scalars()):
        return False
    statement = insert(watched).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=row))
    return True


def _shown(text: str) -> str:
    """Text that can be printed and kept: bytes of a name that are no text as `\\udce9`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _stamp(path: Path) -> str:
    """Changes while a file is being written; empty where there is none."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}|{status.st_mtime_ns}"


def _identity(path: Path) -> str:
    """Of the contents; empty where they cannot be read."""
    try:
        return file_sha256(path)
    except OSError:
        return ""
