"""The SQLite file under the queue: opened, kept consistent, and its failures said in sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError

from stfam.plugin.queue.errors import QueueBusyError, QueueDamagedError, QueueError, QueueFullError
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.locks import ProcessLock
from stfam.plugin.queue.schema import VERSION, metadata

BUSY_SECONDS = 30.0
"""How long a transaction waits for another process's."""


class Database:
    """One process's way to the queue's tables.

    Transactions that write start with BEGIN IMMEDIATE: two processes that want to take the same task queue up for the
    lock instead of failing when they commit. Write-ahead logging lets readers look on meanwhile.

    Args:
        expect_jobs: an empty database beside jobs' files is damage, not a new queue.
    """

    def __init__(self, folder: QueueFolder, *, busy_seconds: float = BUSY_SECONDS, expect_jobs: bool = True) -> None:
        self._folder = folder
        self._expect_jobs = expect_jobs
        self._busy_seconds = busy_seconds
        self._watching: Connection | None = None  # its own: data_version tells of changes by others than itself
        self._engine = self._open()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change the queue; it all happens or none of it.

        Raises:
            QueueBusyError, QueueDamagedError, QueueFullError: the database says so.
        """
        with self._sentences(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the queue."""
        with self._sentences(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    def version(self) -> int:
        """A number that changes when another process has changed the queue."""
        if self._watching is None:
            self._watching = self._engine.connect()
        with self._sentences():
            return int(self._watching.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        if self._watching is not None:
            self._watching.close()
        self._engine.dispose()

    def _open(self) -> Engine:
        engine = create_engine(f"sqlite:///{self._folder.database}", connect_args={"timeout": self._busy_seconds})
        event.listen(engine, "connect", _prepare)
        with self._sentences():
            with engine.connect() as connection:
                version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version == 0:
                self._create(engine)
            elif version != VERSION:
                raise QueueError(
                    f"The queue {self._folder.database} is of version {version}; this program reads {VERSION}. "
                    "Use the program it was made with, or another folder (--queue DIR)."
                )
        return engine

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

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        path = self._folder.database
        try:
            yield
        except DBAPIError as error:
            cause = str(error.orig)
            if "locked" in cause or "busy" in cause:
                raise QueueBusyError(path, self._busy_seconds) from error
            if "full" in cause or "disk I/O" in cause:
                raise QueueFullError(path) from error
            if isinstance(error, DatabaseError):
                raise QueueDamagedError(path, cause) from error
            raise


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are ours to begin, see Database.write
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
