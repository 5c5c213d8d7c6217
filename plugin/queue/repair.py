"""A queue whose database is lost, made again from its jobs' own files."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from stfam.core.errors import StfamError
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.database import is_sound
from stfam.plugin.queue.errors import QueueError, QueueFilesError, queue_files
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.locks import is_free
from stfam.plugin.queue.standing import kept_standing
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.submission import planned_tasks


@dataclass(frozen=True)
class Repair:
    """What became of a damaged queue.

    Attributes:
        aside: where the old database is now; None where there was none, or it is sound and was kept.
        queued: numbers of the jobs that are in the queue again, as they stood.
        lost: numbers of those that could not be queued, each with the reason; their files stay for the next repair.
        notices: what else there is to know.
    """

    aside: Path | None
    queued: tuple[int, ...]
    lost: dict[int, str]
    notices: tuple[str, ...]


def repair(folder: QueueFolder) -> Repair:
    """Queue every job again that the database has lost, under its number; finished frames are found when it runs.

    A damaged database is set aside. What a person paused, cancelled or moved forwards stays so.

    Raises:
        QueueError: a runner is working on this queue, or its files cannot be written.
    """
    if not all(is_free(lock) for lock in folder.locks.glob("runner-*.lock")):
        raise QueueError("A runner is working on this queue. Stop it, then repair.")
    aside = None
    if not is_sound(folder.database):
        with queue_files(folder.root):
            aside = _set_aside(folder.database)
            for journal in folder.jobs.glob("*/task-*.ndjson"):
                journal.unlink()  # it speaks of task numbers that will be given anew
    with closing(Store(folder, expect_jobs=False)) as store:
        return _queue_again(store, aside)


def _queue_again(store: Store, aside: Path | None) -> Repair:
    numbers = store.folder.numbers()
    store.keep_numbers(max(numbers, default=0))
    queued: list[int] = []
    lost: dict[int, str] = {}
    notices: list[str] = []
    for number in sorted(set(numbers) - {view.number for view in store.views()}):
        try:
            notices += _queue_job(store, number, set(numbers))
            queued.append(number)
        except QueueFilesError:
            raise
        except (OSError, StfamError) as error:
            lost[number] = str(error)
    return Repair(aside, tuple(queued), lost, tuple(notices))


def _queue_job(store: Store, number: int, there: set[int]) -> list[str]:
    """Queue a job as it stood; returns what there is to say of it."""
    job = Job.read(store.folder.job_file(number))
    standing = kept_standing(store.folder, number)
    gone = [other for other in job.depends if other not in there]
    job = dataclasses.replace(job, depends=tuple(other for other in job.depends if other in there))
    if standing is not None:
        job = dataclasses.replace(job, priority=standing.priority)
    store.add(job, planned_tasks(store, job), number=number)
    if standing is not None and standing.state is State.CANCELLED:
        JobControl(store).cancel(number)
    elif standing is not None and standing.state is State.PAUSED:
        JobControl(store).pause(number)
    return [f"Job {number} no longer waits for job {other}, which has been cleaned away." for other in gone]


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
