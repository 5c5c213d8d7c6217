"""Which task is handed out next."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from stfam.core.frame_range import FrameRange
from stfam.core.media.pattern import FramePattern
from stfam.plugin.queue.schema import jobs, tasks
from stfam.plugin.queue.states import State

_MOVIE = 0
"""Stands for all frames of a movie, which is one file."""


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
        matte = body["shot"]["output"]["matte"]
        return matte, frozenset(FrameRange.parse(body["frames"]) if FramePattern.matches(matte) else [_MOVIE])

    @cache
    def collides(job: int, other: int) -> bool:
        if job == other:
            return False
        (matte, frames), (taken, in_work) = written(job), written(other)
        shared = frames & in_work
        if not shared:
            return False
        longest = max(shared, key=lambda frame: len(str(frame)))  # if any number is the same in both paddings, this is
        return _file(matte, longest) == _file(taken, longest)

    with connection.execute(waiting) as rows:
        return next((row for row in rows if not any(collides(row.job, other) for other in under_way)), None)


def _file(matte: str, frame: int) -> Path:
    """The file of a frame, however its pattern and its folder are spelt."""
    path = FramePattern.parse(matte).path(frame) if FramePattern.matches(matte) else Path(matte)
    return path.parent.resolve() / path.name
