"""Which task is handed out next."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, select

from stfam.core.frame_range import FrameRange
from stfam.plugin.queue.schema import jobs, tasks
from stfam.plugin.queue.states import State


def next_task(connection: Connection) -> Row[Any] | None:
    """The waiting task that comes first by priority, then age, and whose frames no other job is writing now."""
    waiting = (
        select(tasks)
        .where(tasks.c.state == State.WAITING.value, tasks.c.claimable == 1, tasks.c.blocked == 0)
        .order_by(tasks.c.priority.desc(), tasks.c.job, tasks.c.ordinal)
    )
    running = select(tasks.c.job).where(tasks.c.state == State.RUNNING.value).distinct()
    under_way = connection.execute(running).scalars().all()

    @cache
    def written(job: int) -> tuple[str, frozenset[int]]:
        body = json.loads(connection.execute(select(jobs.c.body).where(jobs.c.number == job)).scalar_one())
        return body["shot"]["output"]["matte"], frozenset(FrameRange.parse(body["frames"]))

    def collides(job: int, other: int) -> bool:
        if job == other:
            return False
        (matte, frames), (taken, in_work) = written(job), written(other)
        return matte == taken and not frames.isdisjoint(in_work)

    with connection.execute(waiting) as rows:
        return next((row for row in rows if not any(collides(row.job, other) for other in under_way)), None)
