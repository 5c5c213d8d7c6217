"""What a person does to jobs: pause, resume, cancel, retry, reprioritise, clean."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from stfam.plugin.queue.errors import JobFileError, NoSuchJobError, TransitionError
from stfam.plugin.queue.readiness import job_state, move_job, settle
from stfam.plugin.queue.schema import jobs, tasks
from stfam.plugin.queue.states import ENDED, Action, State, next_state
from stfam.plugin.queue.store import Store


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
        return state

    def retry(self, number: int) -> State:
        """Do what failed or was cancelled after all; finished frames are not rendered again.

        Raises:
            NoSuchJobError, TransitionError
        """
        with self._database.write() as connection:
            _require(connection, number)
            move_job(connection, number, Action.RETRY)
            _move_tasks(connection, number, [State.FAILED, State.CANCELLED], Action.RETRY)
            cleared = {"failures": 0, "error": None, "exit_status": None}
            unfinished = tasks.c.state == State.WAITING.value
            connection.execute(update(tasks).where(tasks.c.job == number, unfinished).values(cleared))
            settle(connection, number)
            return job_state(connection, number)

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

    def clean(self, numbers: Sequence[int]) -> None:
        """Forget ended jobs and their logs; their mattes stay.

        Raises:
            NoSuchJobError: one does not exist.
            TransitionError: one has not ended.
        """
        for number in numbers:
            with self._database.write() as connection:
                _require(connection, number)
                state = job_state(connection, number)
                running = select(tasks.c.number).where(tasks.c.job == number, tasks.c.state == State.RUNNING.value)
                if state not in ENDED or connection.execute(running).first() is not None:
                    raise TransitionError(f"Job {number} is {state.value}: cancel it before it is cleaned away.")
                connection.execute(delete(jobs).where(jobs.c.number == number))
            shutil.rmtree(self._store.folder.job(number), ignore_errors=True)

    def _move(self, number: int, action: Action) -> State:
        with self._database.write() as connection:
            _require(connection, number)
            return move_job(connection, number, action)


def _require(connection: Connection, number: int) -> None:
    if connection.execute(select(jobs.c.number).where(jobs.c.number == number)).first() is None:
        raise NoSuchJobError(number)


def _move_tasks(connection: Connection, job: int, states: Sequence[State], action: Action) -> None:
    for state in states:
        of_state = (tasks.c.job == job) & (tasks.c.state == state.value)
        connection.execute(update(tasks).where(of_state).values(state=next_state(state, action).value))
