"""The queue's jobs: adding them and looking at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Connection, case, column, func, insert, select, table, update

from stfam.core.frame_range import FrameRange
from stfam.core.whole_file import write_whole
from stfam.plugin.queue.database import BUSY_SECONDS, Database
from stfam.plugin.queue.errors import JobFileError, NoSuchJobError, queue_files
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.job_views import job_views
from stfam.plugin.queue.plan import PlannedTask, Step
from stfam.plugin.queue.readiness import refresh_claimable
from stfam.plugin.queue.schema import frames, job_depends, jobs, runners, task_depends, tasks
from stfam.plugin.queue.states import State
from stfam.plugin.queue.views import FrameView, JobView, TaskView, task_view

Along = Callable[[Connection], None]

_SEQUENCE = table("sqlite_sequence", column("name"), column("seq"))
"""SQLite's own: the last number that was given in each table."""
_OF_JOBS = _SEQUENCE.c.name == jobs.name
_LAST_GIVEN = select(_SEQUENCE.c.seq).where(_OF_JOBS)


class Store:
    """The jobs of one queue folder. Any number of processes may hold one each."""

    def __init__(self, folder: QueueFolder, *, busy_seconds: float = BUSY_SECONDS, expect_jobs: bool = True) -> None:
        self.folder = folder
        self.database = Database(folder, busy_seconds=busy_seconds, expect_jobs=expect_jobs)

    def close(self) -> None:
        self.database.close()

    def add(
        self, job: Job, planned: Sequence[PlannedTask], *, number: int | None = None, along: Along | None = None
    ) -> int:
        """Put `job` with its tasks in the queue; under `number` where it had one before.

        Args:
            along: something else to write in the same transaction; what it raises undoes all.

        Returns:
            the job's number.

        Raises:
            NoSuchJobError: it depends on a job that is not here.
            JobFileError: there is nothing to do in it.
            QueueFilesError: the queue cannot be written.
        """
        if not planned:
            raise JobFileError(f"The job {job.name} has no tasks: every step is left out, or there are no frames.")
        with self.database.write() as connection:
            for other in job.depends:
                _require(connection, other)
            if along is not None:
                along(connection)
            added = number or self._next_number(connection)
            _insert_job(connection, job, added)
            _insert_tasks(connection, added, job.priority, planned)
            refresh_claimable(connection, added)
            file = self.folder.job_file(added)
            with queue_files(file):
                file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(file, json.dumps(job.to_json(), indent=1, ensure_ascii=False))
        return added

    def keep_numbers(self, last: int) -> None:
        """Give no number up to `last` to a job that is added from now on."""
        with self.database.write() as connection:
            given = connection.execute(_LAST_GIVEN).scalar_one_or_none()
            if given is None:
                connection.execute(insert(_SEQUENCE).values(name=jobs.name, seq=last))
            elif given < last:
                connection.execute(update(_SEQUENCE).where(_OF_JOBS).values(seq=last))

    def _next_number(self, connection: Connection) -> int:
        """A number that no job has had: not even one that an older copy of the database knows nothing of."""
        number = (connection.execute(_LAST_GIVEN).scalar_one_or_none() or 0) + 1
        if self.folder.job_file(number).exists():
            number = max(self.folder.numbers()) + 1
        return number

    def job(self, number: int) -> Job:
        """The job as it was added.

        Raises:
            NoSuchJobError: there is none.
        """
        with self.database.read() as connection:
            body = connection.execute(select(jobs.c.body).where(jobs.c.number == number)).scalar_one_or_none()
            if body is None:
                raise NoSuchJobError(number)
            return Job.from_json(json.loads(body))

    def views(self, numbers: Sequence[int] | None = None, *, ended: bool = True) -> list[JobView]:
        """The jobs (of `numbers`) in the order in which they are handed out; without `ended`, open ones alone."""
        query = select(jobs).order_by(jobs.c.priority.desc(), jobs.c.number)
        if numbers is not None:
            query = query.where(jobs.c.number.in_(numbers))
        if not ended:
            query = query.where(jobs.c.state.in_([State.WAITING.value, State.RUNNING.value, State.PAUSED.value]))
        with self.database.read() as connection:
            rows = connection.execute(query).all()
            return job_views(connection, rows)

    def view(self, number: int) -> JobView:
        """One job.

        Raises:
            NoSuchJobError: there is none.
        """
        found = self.views([number])
        if not found:
            raise NoSuchJobError(number)
        return found[0]

    def tasks(self, number: int) -> list[TaskView]:
        """A job's tasks in their order."""
        with self.database.read() as connection:
            query = select(tasks).where(tasks.c.job == number).order_by(tasks.c.ordinal)
            return [task_view(row) for row in connection.execute(query)]

    def frames(self, number: int, step: Step | None = None) -> list[FrameView]:
        """What is known of a job's frames, by step, in the order of the work, and frame number."""
        worked = case({step.value: place for place, step in enumerate(Step)}, value=frames.c.step)
        query = select(frames).where(frames.c.job == number).order_by(worked, frames.c.frame)
        if step is not None:
            query = query.where(frames.c.step == step.value)
        with self.database.read() as connection:
            return [
                FrameView(row.step, row.frame, row.state, row.seconds, row.path, row.note, row.renders)
                for row in connection.execute(query)
            ]

    def slots(self) -> int:
        """How many workers the runners of this queue have in all; 0 with none running."""
        with self.database.read() as connection:
            return int(connection.execute(select(func.coalesce(func.sum(runners.c.slots), 0))).scalar_one())


def _require(connection: Connection, number: int) -> None:
    if connection.execute(select(jobs.c.number).where(jobs.c.number == number)).scalar_one_or_none() is None:
        raise NoSuchJobError(number)


def _insert_job(connection: Connection, job: Job, number: int) -> None:
    row: dict[str, Any] = {
        "number": number,
        "name": job.name,
        "priority": job.priority,
        "state": State.WAITING.value,
        "retries": job.retries,
        "body": json.dumps(job.to_json(), ensure_ascii=False),
        "frame_count": len(FrameRange.parse(job.frames)),
        "added": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    connection.execute(insert(jobs), row)
    if job.depends:
        connection.execute(insert(job_depends), [{"job": number, "on_job": on} for on in sorted(set(job.depends))])


def _insert_tasks(connection: Connection, number: int, priority: int, planned: Sequence[PlannedTask]) -> None:
    rows = [
        {
            "job": number,
            "ordinal": i,
            "step": task.step.value,
            "frames": str(FrameRange.of(task.frames)),
            "frame_count": len(task.frames),
            "state": State.WAITING.value,
            "priority": priority,
            "claimable": 0,
            "blocked": len(task.depends),
        }
        for i, task in enumerate(planned)
    ]
    connection.execute(insert(tasks), rows)
    query = select(tasks.c.number).where(tasks.c.job == number).order_by(tasks.c.ordinal)
    numbers = connection.execute(query).scalars().all()
    edges = [{"task": numbers[i], "on_task": numbers[on]} for i, task in enumerate(planned) for on in task.depends]
    if edges:
        connection.execute(insert(task_depends), edges)
