"""Which tasks may be handed out, and when a job has come to its end: kept inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import Connection, func, select, update

from stfam.plugin.queue.schema import job_depends, jobs, task_depends, tasks
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
    """Let runners take the job's tasks if it is open and every job that it depends on is done (or forgotten)."""
    undone = (
        select(func.count())
        .select_from(job_depends.join(jobs, jobs.c.number == job_depends.c.on_job))
        .where(job_depends.c.job == number, jobs.c.state != State.DONE.value)
    )
    is_open = job_state(connection, number) in (State.WAITING, State.RUNNING)
    claimable = is_open and connection.execute(undone).scalar_one() == 0
    connection.execute(update(tasks).where(tasks.c.job == number).values(claimable=int(claimable)))


def redo_task(connection: Connection, number: int) -> None:
    """Have a task that is done run again, and let those that depend on it wait for it."""
    state = State(connection.execute(select(tasks.c.state).where(tasks.c.number == number)).scalar_one())
    if state is not State.DONE:
        return
    values = {"state": next_state(state, Action.REDO).value}
    connection.execute(update(tasks).where(tasks.c.number == number).values(values))
    dependents = select(task_depends.c.task).where(task_depends.c.on_task == number)
    connection.execute(update(tasks).where(tasks.c.number.in_(dependents)).values(blocked=tasks.c.blocked + 1))


def settle(connection: Connection, number: int) -> None:
    """End the job if nothing of it is left to do: done when all its tasks are, failed when the rest cannot start.

    It has failed, too, where its last step left frames out (those that go on past errors), and says why at the first.
    """
    if job_state(connection, number) in ENDED:
        return
    query = select(tasks.c.step, tasks.c.state, tasks.c.blocked, tasks.c.error).where(tasks.c.job == number)
    found = connection.execute(query.order_by(tasks.c.ordinal)).all()
    ready = (row for row in found if row.state == State.WAITING.value and row.blocked == 0)
    if any(row.state == State.RUNNING.value for row in found) or any(ready):
        return
    states = {State(row.state) for row in found}
    incomplete = states == {State.DONE} and any(row.error for row in found if row.step == found[-1].step)
    if State.FAILED in states or incomplete:
        move_job(connection, number, Action.FAIL, next((row.error for row in found if row.error), None))
    elif states == {State.DONE}:
        move_job(connection, number, Action.FINISH)
