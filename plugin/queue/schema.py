"""The tables of a queue."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

VERSION = 1
"""Raised when the tables change; kept in the database's `user_version`."""

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("frame_count", Integer, nullable=False),
    Column("added", String, nullable=False),
    Column("ended", String),
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("error", Text),
    sqlite_autoincrement=True,
)

job_depends = Table(
    "job_depends",
    metadata,
    Column("job", ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True),
    Column("on_job", Integer, primary_key=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("job", ForeignKey("jobs.number", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("frames", Text, nullable=False),
    Column("frame_count", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("priority", Integer, nullable=False),  # the job's, so that one index finds the next task
    Column("claimable", Integer, nullable=False),  # 0 while its job is paused or ended, or waits for another job
    Column("blocked", Integer, nullable=False),  # how many tasks it waits for
    Column("claims", Integer, nullable=False, server_default="0"),  # fences off a runner that lost it
    Column("failures", Integer, nullable=False, server_default="0"),  # counted against the job's retries
    Column("runner", String),
    Column("device", String),
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("exit_status", Integer),
    Column("error", Text),
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
    Column("step", String, primary_key=True),
    Column("frame", Integer, primary_key=True),
    Column("task", Integer, nullable=False),
    Column("state", String, nullable=False),  # written, skipped, checked, failed
    Column("seconds", Float, nullable=False),
    Column("path", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("claim", Integer, nullable=False),  # of the task, so that an event told twice counts once
    Column("renders", Integer, nullable=False),  # how often it was written
)

runners = Table(
    "runners",
    metadata,
    Column("name", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("slots", Integer, nullable=False),
)

watched = Table(
    "watched",
    metadata,
    Column("path", String, primary_key=True),
    Column("identity", String, nullable=False),
    Column("error", Text),
)
