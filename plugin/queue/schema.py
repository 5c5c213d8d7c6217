"""The tables of a queue."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, MetaData, Table

from stfam.plugin.queue.column_types import Name, Number, Whole, Words
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.states import State

VERSION = 1
"""Raised when the tables change; kept in the database's `user_version`."""

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("number", Whole, primary_key=True, autoincrement=True),
    Column("name", Words, nullable=False),
    Column("priority", Whole, nullable=False),
    Column("state", Name(State), nullable=False),
    Column("retries", Whole, nullable=False),
    Column("body", Words, nullable=False),
    Column("frame_count", Whole, nullable=False),
    Column("added", Words, nullable=False),
    Column("ended", Words),
    Column("seconds", Number, nullable=False, server_default="0"),
    Column("error", Words),
    sqlite_autoincrement=True,
)

job_depends = Table(
    "job_depends",
    metadata,
    Column("job", ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True),
    Column("on_job", Whole, primary_key=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("number", Whole, primary_key=True, autoincrement=True),
    Column("job", ForeignKey("jobs.number", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Whole, nullable=False),
    Column("step", Name(Step), nullable=False),
    Column("frames", Words, nullable=False),
    Column("frame_count", Whole, nullable=False),
    Column("state", Name(State), nullable=False),
    Column("priority", Whole, nullable=False),  # the job's, so that one index finds the next task
    Column("claimable", Whole, nullable=False),  # 0 while its job is paused or ended, or waits for another job
    Column("blocked", Whole, nullable=False),  # how many tasks it waits for
    Column("claims", Whole, nullable=False, server_default="0"),  # fences off a runner that lost it
    Column("failures", Whole, nullable=False, server_default="0"),  # counted against the job's retries
    Column("runner", Words),
    Column("device", Words),
    Column("seconds", Number, nullable=False, server_default="0"),
    Column("exit_status", Whole),
    Column("error", Words),
    sqlite_autoincrement=True,
)
Index("tasks_next", tasks.c.state, tasks.c.claimable, tasks.c.blocked, tasks.c.priority.desc(), tasks.c.job)
Index("tasks_of_job", tasks.c.job, tasks.c.ordinal)
Index("tasks_of_runner", tasks.c.runner)

task_depends = Table(
    "task_depends",
    metadata,
    Column("task", ForeignKey("tasks.number", ondelete="CASCADE"), primary_key=True),
    Column("on_task", ForeignKey("tasks.number", ondelete="CASCADE"), primary_key=True, index=True),
)

frames = Table(
    "frames",
    metadata,
    Column("job", ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True),
    Column("step", Name(Step), primary_key=True),
    Column("frame", Whole, primary_key=True),
    Column("task", Whole, nullable=False),
    Column("state", Words, nullable=False),  # written, skipped, checked, failed
    Column("seconds", Number, nullable=False),
    Column("path", Words, nullable=False),
    Column("note", Words, nullable=False, server_default=""),
    Column("claim", Whole, nullable=False),  # of the task, so that an event told twice counts once
    Column("renders", Whole, nullable=False),  # how often it was written
)

runners = Table(
    "runners",
    metadata,
    Column("name", Words, primary_key=True),
    Column("host", Words, nullable=False),
    Column("pid", Whole, nullable=False),
    Column("slots", Whole, nullable=False),
)

watched = Table(
    "watched",
    metadata,
    Column("path", Words, primary_key=True),
    Column("identity", Words, nullable=False),
    Column("error", Words),
)
