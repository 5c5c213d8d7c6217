"""Jobs as they stand at one moment, counted from their tasks' and frames' rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.schema import frames, job_depends, jobs, tasks
from stfam.plugin.queue.states import State
from stfam.plugin.queue.views import JobView

Counts = dict[int, dict[str, tuple[int, int]]]
"""By job and step: two numbers."""

_RESULTS = (Step.MATTE.value, Step.CHECK.value, Step.PROPAGATE.value)
"""A job's frames are those of the first of these that it has."""


def job_views(connection: Connection, rows: Sequence[Row[Any]]) -> list[JobView]:
    """The pictures of rows of `jobs`, in their order."""
    numbers = [row.number for row in rows]
    planned, found = _tasks(connection, numbers), _frames(connection, numbers)
    waits = _waits(connection, numbers)

    def view(row: Row[Any]) -> JobView:
        return _view(row, planned.get(row.number, {}), found.get(row.number, {}), waits.get(row.number, []))

    return [view(row) for row in rows]


def _view(
    row: Row[Any],
    planned: dict[str, tuple[int, int]],
    found: dict[str, tuple[int, int]],
    waits: Sequence[int],
) -> JobView:
    result = next((step for step in _RESULTS if step in planned), _RESULTS[0])
    there, rendered = found.get(result, (0, 0))
    total, finished = (sum(count[i] for count in planned.values()) for i in (0, 1))
    done = min(there, row.frame_count)  # trimaps are made for the mattes' neighbours too
    return JobView(
        row.number, row.name, State(row.state), row.priority, row.frame_count, done, rendered, total, finished,
        row.seconds, row.added, row.ended, row.error, tuple(sorted(waits)),
    )  # fmt: skip


def _tasks(connection: Connection, numbers: Sequence[int]) -> Counts:
    """How many tasks a step has, and how many of them are done."""
    is_done = case((tasks.c.state == State.DONE.value, 1), else_=0)
    query = select(tasks.c.job, tasks.c.step, func.count(), func.sum(is_done)).where(tasks.c.job.in_(numbers))
    return _by_job(connection.execute(query.group_by(tasks.c.job, tasks.c.step)))


def _frames(connection: Connection, numbers: Sequence[int]) -> Counts:
    """How many frames of a step are there, and how often one was rendered."""
    is_there = case((frames.c.state != "failed", 1), else_=0)
    query = select(frames.c.job, frames.c.step, func.sum(is_there), func.sum(frames.c.renders))
    query = query.where(frames.c.job.in_(numbers))
    return _by_job(connection.execute(query.group_by(frames.c.job, frames.c.step)))


def _by_job(rows: Iterable[Any]) -> Counts:
    found: Counts = {}
    for job, step, one, other in rows:
        found.setdefault(job, {})[step] = (one, other)
    return found


def _waits(connection: Connection, numbers: Sequence[int]) -> dict[int, list[int]]:
    """The jobs that must be done before each of `numbers` and are not."""
    query = select(job_depends).join(jobs, jobs.c.number == job_depends.c.on_job)
    query = query.where(job_depends.c.job.in_(numbers), jobs.c.state != State.DONE.value)
    waits: dict[int, list[int]] = {}
    for row in connection.execute(query):
        waits.setdefault(row.job, []).append(row.on_job)
    return waits
