"""Which tasks may be handed out, and when a job has come to its end: kept inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import Connection, func, select, update

from stfam.plugin.queue.schema import job_depends, jobs, tasks
from stfam.plugin.queue.states import ENDED, Action, State, next_state


def job_state(connection: Connection, number: int) -> State:
    return State(connection.execute(select(jobs.c.state).where(jobs.c.number == number)).scalar_one())


def move_job(connection: Connection, number: int, action: Action, error: str | None = None) -> State:
    """Take the job through `action` and set its tasks' readiness by its new state.

    Raises:
        TransitionError: its state does not allow it.
    """
    state = next_state(job_state(connection, number), action, f"Job {number}")
    values: dict[str, object] = {"state": state.value, "error": error}
    values["ended"] = datetime.now(timezone.utc).isoformat(timespec="seconds") if state in ENDED else None
    connection.execute(update(jobs).where(jobs.c.number == number).values(values))
    refresh_claimable(connection, number)
    if state is State.DONE:
        waiting = select(job_depends.c.job).where(job_depends.c.on_job == number)
        for dependent in connection.execute(waiting).scalars().all():
            refresh_claimable(connection, dependent)
    return state


def refresh_claimable(connection: Connection, number: int) -> None:
    """Let runners take the job's tasks if it is open and every job that it depends on is done."""
    undone = (
        select(func.count())
        .select_from(job_depends.outerjoin(jobs, jobs.c.number == job_depends.c.on_job))
        .where(job_depends.c.job == number, func.coalesce(jobs.c.state, "") != State.DONE.value)
    )
    is_open = job_state(connection, number) in (State.WAITING, State.RUNNING)
    claimable = is_open and connection.execute(undone).scalar_one() == 0
    connection.execute(update(tasks).where(tasks.c.job == number).values(claimable=int(claimable)))


def settle(connection: Connection, number: int) -> None:
    """End the job if nothing of it is left to do: done when all its tasks are, failed when the rest cannot start."""
    query = select(tasks.c.state, tasks.c.blocked, tasks.c.error).where(tasks.c.job == number)
    found = connection.execute(query).all()
    states = [State(row.state) for row in found]
    if job_state(connection, number) in ENDED:
        return
    if all(state is State.DONE for state in states):
        move_job(connection, number, Action.FINISH)
    elif State.FAILED in states and not any(
        state is State.RUNNING or (state is State.WAITING and row.blocked == 0)
        for state, row in zip(states, found, strict=True)
    ):
        error = next(row.error for row in found if row.state == State.FAILED.value)
        move_job(connection, number, Action.FAIL, error)
