"""A queue whose database is lost, made again from its jobs' own files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from stfam.core.errors import StfamError
from stfam.plugin.queue.errors import QueueError
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.locks import is_free
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.submission import planned_tasks


@dataclass(frozen=True)
class Repair:
    """What became of a damaged queue.

    Attributes:
        aside: where the old database is now; None where there was none.
        queued: numbers of the jobs that wait again.
        lost: numbers of those that could not be queued, each with the reason.
    """

    aside: Path | None
    queued: tuple[int, ...]
    lost: dict[int, str]


def repair(folder: QueueFolder) -> Repair:
    """Set the database aside and queue every job again under its number; finished frames are found when it runs.

    Raises:
        QueueError: a runner is working on this queue.
    """
    if not all(is_free(lock) for lock in folder.locks.glob("runner-*.lock")):
        raise QueueError("A runner is working on this queue. Stop it, then repair.")
    aside = _set_aside(folder.database)
    for journal in folder.jobs.glob("*/task-*.ndjson"):
        journal.unlink()  # it speaks of task numbers that will be given anew
    store = Store(folder, expect_jobs=False)
    queued: list[int] = []
    lost: dict[int, str] = {}
    try:
        for number in sorted(int(path.name) for path in folder.jobs.iterdir() if path.name.isdigit()):
            try:
                job = Job.from_json(json.loads(folder.job_file(number).read_text("utf-8")))
                store.add(job, planned_tasks(store, job), number=number)
                queued.append(number)
            except (OSError, ValueError, StfamError) as error:
                lost[number] = str(error)
    finally:
        store.close()
    return Repair(aside, tuple(queued), lost)


def _set_aside(database: Path) -> Path | None:
    aside = next(
        path
        for i in range(1, 10_000)
        if not (path := database.with_name(f"{database.stem}.damaged-{i}{database.suffix}")).exists()
    )
    for suffix in ("-wal", "-shm"):
        companion = database.with_name(database.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    if not database.exists():
        return None
    database.rename(aside)
    return aside
