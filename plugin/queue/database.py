"""The SQLite file under the queue: opened, kept consistent, and its failures said in sentences."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.exc import DBAPIError

from stfam.plugin.queue.column_types import EditedError
from stfam.plugin.queue.errors import (
    QueueAccessError,
    QueueBusyError,
    QueueDamagedError,
    QueueError,
    QueueFilesError,
    QueueFullError,
    queue_files,
)
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.locks import ProcessLock
from stfam.plugin.queue.schema import VERSION, jobs, metadata

BUSY_SECONDS = 30.0
"""How long a transaction waits for another process's."""
LOOKS, LOOK_SECONDS = 20, 0.05
"""At a database that another process may be opening or leaving just now."""


class Database:
    """One process's way to the queue's tables.

    Transactions that write start with BEGIN IMMEDIATE: of two processes that want the same task, one waits for the
    lock instead of failing at its commit. Write-ahead logging lets readers read meanwhile. A queue that this process
    may only read can be looked at, too: while no other process has it open, the file is read as one that does not
    change, and opened again once it did.

    Args:
        expect_jobs: an empty database beside jobs' files is damage, not a new queue.
    """

    def __init__(self, folder: QueueFolder, *, busy_seconds: float = BUSY_SECONDS, expect_jobs: bool = True) -> None:
        self._folder = folder
        self._expect_jobs = expect_jobs
        self._busy_seconds = busy_seconds
        self._watching: Connection | None = None  # its own: data_version tells of changes by others than itself
        self._at_rest: _Rest | None = None
        self._times_opened = 0
        self._engine = self._open()
        self._opened = self._file()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change the queue; it all happens or none of it.

        Raises:
            QueueBusyError, QueueDamagedError, QueueFullError: the database says so.
            QueueAccessError: it is no longer in its place.
        """
        self._keep_up()
        with self._sentences(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the queue."""
        self._keep_up()
        with self._sentences(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    def version(self) -> int:
        """A number that changes when another process has changed the queue."""
        self._keep_up()
        if self._watching is None:
            self._watching = self._engine.connect()
        with self._sentences():
            of_file = int(self._watching.exec_driver_sql("PRAGMA data_version").scalar_one())
        return self._times_opened << 32 | of_file

    def close(self) -> None:
        if self._watching is not None:
            self._watching.close()
        self._watching = None
        self._engine.dispose()

    def _open(self) -> Engine:
        self._times_opened += 1
        engine, version = self._looked_at()
        if version == 0:
            with self._sentences():
                self._create(engine)
        elif version != VERSION:
            raise QueueError(
                f"The queue {self._folder.database} is of version {version}; this program reads {VERSION}. "
                "Use the program it was made with, or another folder (--queue DIR)."
            )
        return engine

    def _looked_at(self) -> tuple[Engine, int]:
        """An engine and the version: of a file at rest, where this process may only read it and no other has it open.

        Who opens or leaves a database makes or removes two files beside it, one after the other: in between it can
        neither be opened nor is it at rest.
        """
        path = self._folder.database
        for left in reversed(range(LOOKS)):
            self._at_rest = None
            try:
                return self._engine_for(URL.create("sqlite", database=str(path)))
            except QueueAccessError:
                self._at_rest = self._rest()
                if self._at_rest is None or (self._at_rest.in_use and not left):
                    raise
            if not self._at_rest.in_use:
                break
            time.sleep(LOOK_SECONDS)
        looking = {"mode": "ro", "immutable": "1", "uri": "true"}  # needs no file beside it
        return self._engine_for(URL.create("sqlite", database=f"file:{quote(str(path))}", query=looking))

    def _engine_for(self, address: URL) -> tuple[Engine, int]:
        engine = create_engine(address, connect_args={"timeout": self._busy_seconds})
        event.listen(engine, "connect", _prepare)
        with self._sentences(), engine.connect() as connection:
            return engine, int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())

    def _create(self, engine: Engine) -> None:
        lock = ProcessLock(self._folder.locks / "create.lock")
        if not lock.acquire(self._busy_seconds):
            raise QueueBusyError(self._folder.database, self._busy_seconds)
        with lock, engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA user_version").scalar_one() == VERSION:
                return  # another process was quicker
            if self._expect_jobs and any(self._folder.jobs.glob("*/job.json")):
                raise QueueDamagedError(self._folder.database, "it is empty although there are jobs")
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version={VERSION}")
            connection.commit()

    def _keep_up(self) -> None:
        """See that the database is the one that others use.

        SQLite goes on with a file that was moved, deleted or replaced: that is an error. Nor does it notice that a
        file which it took for unchanging has changed: that is opened again.

        Raises:
            QueueAccessError: it is no longer in its place.
        """
        if self._file() != self._opened:
            cause = "it was moved, deleted or replaced while this program had it open"
            raise QueueAccessError(self._folder.database, cause)
        if self._at_rest is not None and self._at_rest != self._rest():
            self.close()
            self._engine = self._open()

    def _rest(self) -> _Rest | None:
        status, log = self._status(), self._folder.database.with_name(f"{self._folder.database.name}-wal")
        return None if status is None else _Rest(status.st_size, status.st_mtime_ns, log.exists())

    def _file(self) -> tuple[int, int] | None:
        """What tells the database's file from any other; None where there is none."""
        status = self._status()
        return None if status is None else (status.st_dev, status.st_ino)

    def _status(self) -> os.stat_result | None:
        path = self._folder.database
        with queue_files(path):
            try:
                return os.stat(path)
            except FileNotFoundError:
                return None

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            said = _sentence(error.orig, self._folder.database, self._busy_seconds)
            if said is None:
                raise
            raise said from error
        except (EditedError, json.JSONDecodeError) as error:
            raise QueueDamagedError(self._folder.database, str(error)) from error


@dataclass(frozen=True)
class _Rest:
    """What stays the same of a database's file while nobody writes; `in_use` while another process has it open."""

    size: int
    time: int
    in_use: bool


def is_sound(path: Path) -> bool:
    """Whether the file at `path` is a queue's database, whole, with nothing damaged or edited in it.

    Raises:
        QueueAccessError, QueueBusyError: it cannot be looked at.
    """
    if not path.exists():
        return False
    engine = create_engine(URL.create("sqlite", database=str(path)))
    try:
        with engine.connect() as connection:
            asked = ("user_version", "integrity_check")
            facts = [connection.exec_driver_sql(f"PRAGMA {what}").scalar() for what in asked]
            for table in metadata.sorted_tables:
                connection.execute(select(table)).all()  # which checks the values
            for body in connection.execute(select(jobs.c.body)).scalars():
                json.loads(body)
    except (EditedError, json.JSONDecodeError):
        return False
    except DBAPIError as error:
        said = _sentence(error.orig, path)
        if isinstance(said, (QueueAccessError, QueueBusyError)):
            raise said from error
        return False
    finally:
        engine.dispose()
    return facts == [VERSION, "ok"]


def _sentence(error: BaseException | None, path: Path, busy_seconds: float = BUSY_SECONDS) -> QueueFilesError | None:
    """What SQLite's error means for a person; None where it means nothing to one."""
    cause = str(error)
    if "locked" in cause:
        return QueueBusyError(path, busy_seconds)
    if "is full" in cause or "disk I/O" in cause:
        return QueueFullError(path)
    if any(words in cause for words in ("unable to open", "readonly", "permission")):
        return QueueAccessError(path, cause)
    if any(words in cause for words in ("malformed", "not a database", "no such", "Could not decode")):
        return QueueDamagedError(path, cause)
    return None


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are ours to begin, see Database.write
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
