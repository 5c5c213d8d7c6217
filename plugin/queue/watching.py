"""A folder whose shots are queued when they land in it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from stfam.core.errors import StfamError
from stfam.core.shot import Shot
from stfam.plugin.queue.errors import QueueBusyError, QueueError
from stfam.plugin.queue.reports import Notice
from stfam.plugin.queue.schema import watched
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.submission import job_from_shot, submit


class WatchedFolder:
    """Looks at a folder when asked. What has been queued is remembered in the store, so that nothing is queued twice.

    A file counts when its size and time are the same at two looks: while it is still being copied it is left alone. A
    file that changes later is queued again.

    Raises:
        QueueError: there is no such folder.
    """

    def __init__(self, store: Store, folder: str) -> None:
        self._store = store
        self._folder = Path(folder).absolute()
        self._seen: dict[Path, str] = {}
        if not self._folder.is_dir():
            raise QueueError(f"There is no folder {self._folder} to watch.")

    def look(self) -> list[Notice]:
        """Queue what is new and complete; returns what there is to say of it."""
        notices = []
        for path in sorted(self._folder.glob("*.stfam")):
            identity = _identity(path)
            complete = identity != "" and self._seen.get(path) == identity
            self._seen[path] = identity
            if complete and not self._known(path, identity):
                notices.append(self._queue(path, identity))
        return notices

    def _known(self, path: Path, identity: str) -> bool:
        query = select(watched.c.identity).where(watched.c.path == str(path))
        with self._store.database.read() as connection:
            return connection.execute(query).scalar_one_or_none() == identity

    def _queue(self, path: Path, identity: str) -> Notice:
        """Queue the shot and remember it in one transaction: never twice, and not forgotten if this process dies."""

        def remember(connection: Connection) -> None:
            if not _remember(connection, path, identity, None):
                raise _QueuedByAnother(f"{path.name} is queued already.")

        try:
            job = job_from_shot(Shot.load(path), path.name.removesuffix(".stfam") or "shot", None)
            added = submit(self._store, job, along=remember)
        except QueueBusyError:
            raise
        except _QueuedByAnother as already:
            return Notice(str(already))
        except StfamError as error:
            with self._store.database.write() as connection:
                _remember(connection, path, identity, str(error))
            return Notice(f"ERROR: {path.name} was not queued: {error}")
        return Notice(f'Queued job {added.number} "{added.job.name}" from {path}')


class _QueuedByAnother(QueueError):
    """Another process that watches the folder was quicker."""


def _remember(connection: Connection, path: Path, identity: str, error: str | None) -> bool:
    """Whether this file was new."""
    query = select(watched.c.identity).where(watched.c.path == str(path))
    if connection.execute(query).scalar_one_or_none() == identity:
        return False
    changed = {"identity": identity, "error": error}
    statement = insert(watched).values(path=str(path), **changed)
    connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=changed))
    return True


def _identity(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}|{status.st_mtime_ns}"
