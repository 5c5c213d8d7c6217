"""What a person does to jobs: pause, resume, cancel, retry, reprioritise, clean."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, delete, select, update

from stfam.plugin.queue.errors import JobFileError, NoSuchJobError, QueueError, TransitionError, queue_files
from stfam.plugin.queue.readiness import job_state, move_job, redo_task
from stfam.plugin.queue.schema import job_depends, jobs, tasks
from stfam.plugin.queue.standing import Standing, keep_standing
from stfam.plugin.queue.states import ENDED, Action, State, next_state
from stfam.plugin.queue.store import Store


@dataclass(frozen=True)
class Cleaned:
    """What became of jobs that were to be forgotten."""

    numbers: list[int] = field(default_factory=list)
    """Of those that are."""
    refused: list[QueueError] = field(default_factory=list)
    """Why each of the others is not."""
    left: list[Path] = field(default_factory=list)
    """Folders of theirs that could not be removed altogether."""


class JobControl:
    """Changes to jobs; runners notice within a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database

    def pause(self, number: int) -> State:
        """Hand nothing of the job out any more; what is running stops within a frame.

        Raises:
            NoSuchJobError, TransitionError
        """
        return self._move(number, Action.PAUSE)

    def resume(self, number: int) -> State:
        """Go on with a paused job.

        Raises:
            NoSuchJobError, TransitionError
        """
        return self._move(number, Action.RESUME)

    def cancel(self, number: int) -> State:
        """End the job; finished frames stay.

        Raises:
            NoSuchJobError, TransitionError
        """
        with self._database.write() as connection:
            _require(connection, number)
            state = move_job(connection, number, Action.CANCEL)
            _move_tasks(connection, number, [State.WAITING], Action.CANCEL)
            self._keep(connection, number)
        return state

    def retry(self, number: int) -> State:
        """Do what failed or was cancelled after all; finished frames that still hold are not rendered again.

        All of the job runs again: what it had done may be gone by now, or be made of a key that was mended since.

        Raises:
            NoSuchJobError, TransitionError
        """
        with self._database.write() as connection:
            _require(connection, number)
            state = move_job(connection, number, Action.RETRY)
            _move_tasks(connection, number, [State.FAILED, State.CANCELLED], Action.RETRY)
            done = (tasks.c.job == number) & (tasks.c.state == State.DONE.value)
            for task in connection.execute(select(tasks.c.number).where(done)).scalars().all():
                redo_task(connection, task)
            cleared = {"failures": 0, "error": None, "exit_status": None}
            unfinished = tasks.c.state == State.WAITING.value
            connection.execute(update(tasks).where(tasks.c.job == number, unfinished).values(cleared))
            self._keep(connection, number)
        return state

    def reprioritise(self, number: int, priority: int) -> None:
        """Move the job forwards or backwards in the queue.

        Raises:
            NoSuchJobError: there is none.
            JobFileError: the priority is not 0 to 100.
        """
        if not 0 <= priority <= 100:
            raise JobFileError(f"A priority is 0 to 100, not {priority}.")
        with self._database.write() as connection:
            _require(connection, number)
            connection.execute(update(jobs).where(jobs.c.number == number).values(priority=priority))
            connection.execute(update(tasks).where(tasks.c.job == number).values(priority=priority))
            self._keep(connection, number)

    def clean(self, *numbers: int) -> Cleaned:
        """Forget ended jobs and their logs; their mattes stay.

        Jobs that are not there, that have not ended, or that another waits for in vain, are refused one by one.
        """
        folder, done = self._store.folder, Cleaned()
        held: list[int] = []
        with self._database.write() as connection:
            for number in numbers:
                try:
                    _require(connection, number)
                    _require_forgettable(connection, number)
                except (NoSuchJobError, TransitionError) as error:
                    done.refused.append(error)
                    continue
                held += connection.execute(select(tasks.c.number).where(tasks.c.job == number)).scalars()
                connection.execute(delete(jobs).where(jobs.c.number == number))
                done.numbers.append(number)
        for number in done.numbers:
            shutil.rmtree(folder.job(number), ignore_errors=True)
            if folder.job(number).exists():
                done.left.append(folder.job(number))
        with queue_files(folder.locks):
            for task in held:
                folder.task_lock(task).unlink(missing_ok=True)
        return done

    def _move(self, number: int, action: Action) -> State:
        with self._database.write() as connection:
            _require(connection, number)
            state = move_job(connection, number, action)
            self._keep(connection, number)
            return state

    def _keep(self, connection: Connection, number: int) -> None:
        row = connection.execute(select(jobs.c.state, jobs.c.priority).where(jobs.c.number == number)).one()
        keep_standing(self._store.folder, number, Standing(State(row.state), row.priority))


def _require_forgettable(connection: Connection, number: int) -> None:
    state = job_state(connection, number)
    if state not in ENDED:
        raise TransitionError(f"Job {number} is {state.value}: cancel it before it is cleaned away.")
    running = select(tasks.c.number).where(tasks.c.job == number, tasks.c.state == State.RUNNING.value)
    if connection.execute(running).first() is not None:
        raise TransitionError(
            f"Job {number} is {state.value}, but a runner still holds a task of it: clean it away in a moment. "
            "If that runner died, the next `stfam queue run` gives the task back."
        )
    dependents = select(jobs.c.number, jobs.c.state).join(job_depends, job_depends.c.job == jobs.c.number)
    found = connection.execute(dependents.where(job_depends.c.on_job == number)).all()
    waiting = [row.number for row in found if State(row.state) not in ENDED]
    if state is not State.DONE and waiting:
        raise TransitionError(
            f"Job {number} is {state.value}, and job {', '.join(map(str, waiting))} waits for it: retry it, or cancel "
            "what waits, before it is cleaned away."
        )


def _require(connection: Connection, number: int) -> None:
    if connection.execute(select(jobs.c.number).where(jobs.c.number == number)).first() is None:
        raise NoSuchJobError(number)


def _move_tasks(connection: Connection, job: int, states: Sequence[State], action: Action) -> None:
    for state in states:
        of_state = (tasks.c.job == job) & (tasks.c.state == state.value)
        connection.execute(update(tasks).where(of_state).values(state=next_state(state, action).value))
