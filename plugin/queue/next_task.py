"""Which task is handed out next."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from stfam.core.frame_range import FrameRange
from stfam.plugin.queue.schema import jobs, tasks
from stfam.plugin.queue.states import State

_MATTE = func.json_extract(jobs.c.body, "$.shot.output.matte").label("matte")
_FRAMES = func.json_extract(jobs.c.body, "$.frames").label("job_frames")


def next_task(connection: Connection) -> Row[Any] | None:
    """The waiting task that comes first by priority, then age, and whose frames no other job is writing now."""
    query = (
        select(tasks, _MATTE, _FRAMES)
        .join(jobs, jobs.c.number == tasks.c.job)
        .where(tasks.c.state == State.WAITING.value, tasks.c.claimable == 1, tasks.c.blocked == 0)
        .order_by(tasks.c.priority.desc(), tasks.c.job, tasks.c.ordinal)
    )
    under_way = _under_way(connection)
    rows = (row for row in connection.execute(query) if not any(_collide(row, other) for other in under_way))
    return next(rows, None)


def _under_way(connection: Connection) -> list[Row[Any]]:
    running = select(tasks.c.job).where(tasks.c.state == State.RUNNING.value)
    query = select(jobs.c.number.label("job"), _MATTE, _FRAMES).where(jobs.c.number.in_(running))
    return list(connection.execute(query))


def _collide(one: Row[Any], other: Row[Any]) -> bool:
    if one.job == other.job or one.matte != other.matte:
        return False
    return not set(FrameRange.parse(one.job_frames)).isdisjoint(FrameRange.parse(other.job_frames))
