"""A runner's side of the store: taking tasks, telling how they went, and picking up what dead runners held."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.frame_events import FrameEvent
from stfam.plugin.queue.frame_rows import forget_frames, made_new, record_frames
from stfam.plugin.queue.journal import begun_before, read_journal
from stfam.plugin.queue.locks import forget_lock, is_free
from stfam.plugin.queue.next_task import next_task
from stfam.plugin.queue.plan import Step, in_one_piece
from stfam.plugin.queue.readiness import job_state, move_job, redo_task, settle
from stfam.plugin.queue.retrying import counts_as_failure, may_retry
from stfam.plugin.queue.schema import jobs, runners, task_depends, tasks
from stfam.plugin.queue.states import Action, State, next_state
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.views import TaskView, task_view


class Claims:
    """What one runner takes from the store and gives back."""

    def __init__(self, store: Store, runner: str) -> None:
        self._database = store.database
        self._folder: QueueFolder = store.folder
        self._runner = runner

    def register(self, slots: int) -> None:
        """Make this runner known; it must hold its lock already."""
        row = {"name": self._runner, "host": socket.gethostname(), "pid": os.getpid(), "slots": slots}
        with self._database.write() as connection:
            connection.execute(insert(runners), row)

    def unregister(self) -> None:
        """This runner holds nothing any more."""
        with self._database.write() as connection:
            connection.execute(delete(runners).where(runners.c.name == self._runner))

    def take(self, device: str) -> TaskView | None:
        """The next task by priority, then age; it is this runner's from now on. None when there is none.

        A job that writes the same mattes as one that is being rendered waits: what that one writes it need not render.
        """
        with self._database.read() as connection:
            if next_task(connection) is None:
                return None
        with self._database.write() as connection:
            row = next_task(connection)
            if row is None:
                return None
            values = {"state": State.RUNNING.value, "runner": self._runner, "device": device, "claims": row.claims + 1}
            taken = update(tasks).where(tasks.c.number == row.number).values(values).returning(tasks)
            view = task_view(connection.execute(taken).one())
            if job_state(connection, row.job) is State.WAITING:
                move_job(connection, row.job, Action.START)
            return view

    def record(self, task: TaskView, events: Sequence[FrameEvent]) -> None:
        """Keep what a task said of its frames."""
        if events:
            skips = any(event.state == "skipped" for event in events)
            resumed = skips and begun_before(self._folder.journal(task.job, task.number), task.claims)
            with self._database.write() as connection:
                record_frames(connection, task, events, resumed=resumed)

    def end(self, task: TaskView, ending: Ending) -> State:
        """Tell how `task` ended, once its frames have been recorded; returns the state that it is in now.

        What it says is ignored if the task has been handed to another runner since.
        """
        with self._database.write() as connection:
            row = connection.execute(select(tasks).where(tasks.c.number == task.number)).one_or_none()
            if row is None:
                return State.CANCELLED
            if row.claims != task.claims or row.state != State.RUNNING.value:
                return State(row.state)
            job = connection.execute(select(jobs).where(jobs.c.number == task.job)).one()
            starts_over = _makes_movie(task, job.body)
            counted = counts_as_failure(ending, not starts_over and made_new(connection, task))
            if starts_over and ending.outcome is not Outcome.DONE:
                forget_frames(connection, task)
            values = {
                "runner": None,
                "failures": row.failures + counted,
                "seconds": row.seconds + ending.seconds,
                "exit_status": ending.status,
                "error": ending.error,
            }
            connection.execute(update(tasks).where(tasks.c.number == task.number).values(values))
            seconds = jobs.c.seconds + ending.seconds
            connection.execute(update(jobs).where(jobs.c.number == task.job).values(seconds=seconds))
            wanted = job.state != State.CANCELLED.value
            again = wanted and may_retry(ending, row.failures + counted, job.retries)
            if task.step == Step.CHECK.value and ending.outcome is Outcome.FAILED and again:
                again = _redo_dependencies(connection, task.number)
            return _move_task(connection, task, ending, again)

    def to_stop(self) -> set[int]:
        """Tasks in this runner's hands whose job has been paused or has ended meanwhile."""
        query = select(tasks.c.number, jobs.c.state).join(jobs, jobs.c.number == tasks.c.job)
        with self._database.read() as connection:
            rows = connection.execute(query.where(tasks.c.runner == self._runner)).all()
        return {row.number for row in rows if row.state not in (State.RUNNING.value, State.WAITING.value)}

    def leave(self) -> bool:
        """Unregister if no task is running or can be taken; returns whether that was so.

        Both in one transaction, so that no job which is added in between counts on this runner.
        """
        waiting = (tasks.c.state == State.WAITING.value) & (tasks.c.claimable == 1) & (tasks.c.blocked == 0)
        unfinished = select(tasks.c.number).where(waiting | (tasks.c.state == State.RUNNING.value)).limit(1)
        with self._database.read() as connection:
            if connection.execute(unfinished).first() is not None:
                return False
        with self._database.write() as connection:
            if connection.execute(unfinished).first() is not None:
                return False
            connection.execute(delete(runners).where(runners.c.name == self._runner))
            return True

    def reclaim(self) -> list[TaskView]:
        """Give back what dead or unknown runners held, once the processes that rendered it are dead too.

        Alive is who holds its lock. A clock that jumps, a process number used again or a machine that slept make no
        difference to that.
        """
        with self._database.read() as connection:
            others = connection.execute(select(runners.c.name).where(runners.c.name != self._runner)).scalars().all()
        dead = [name for name in others if is_free(self._folder.runner_lock(name))]
        unowned = tasks.c.runner.in_(dead) | tasks.c.runner.not_in(select(runners.c.name))
        query = select(tasks).where(tasks.c.state == State.RUNNING.value, unowned)
        with self._database.read() as connection:
            held = [task_view(row) for row in connection.execute(query)]
        freed = [task for task in held if is_free(self._folder.task_lock(task.number))]
        for task in freed:
            events = read_journal(self._folder.journal(task.job, task.number), task.claims)
            self.record(task, events)
            self.end(task, Ending(Outcome.LOST, error="its runner died"))
        self._forget(dead)
        return freed

    def _forget(self, dead: Sequence[str]) -> None:
        with self._database.write() as connection:
            for name in dead:
                if connection.execute(select(tasks.c.number).where(tasks.c.runner == name)).first() is None:
                    connection.execute(delete(runners).where(runners.c.name == name))
                    forget_lock(self._folder.runner_lock(name))


def _makes_movie(task: TaskView, body: str) -> bool:
    """Whether nothing is left of the mattes of `task` unless it comes to its end."""
    return task.step == Step.MATTE.value and in_one_piece([json.loads(body)["shot"]["output"]["matte"]])


def _move_task(connection: Connection, task: TaskView, ending: Ending, again: bool) -> State:
    state = next_state(State.RUNNING, _action(connection, task.job, ending, again))
    connection.execute(update(tasks).where(tasks.c.number == task.number).values(state=state.value))
    if state is State.DONE:
        dependents = select(task_depends.c.task).where(task_depends.c.on_task == task.number)
        waiting = update(tasks).where(tasks.c.number.in_(dependents))
        connection.execute(waiting.values(blocked=tasks.c.blocked - 1))
    if ending.outcome in (Outcome.STOPPED, Outcome.LOST):
        _release_job(connection, task.job)
    settle(connection, task.job)
    return state


def _action(connection: Connection, job: int, ending: Ending, again: bool) -> Action:
    if ending.outcome is Outcome.DONE:
        return Action.FINISH
    if job_state(connection, job) is State.CANCELLED:
        return Action.CANCEL
    if again:
        return Action.RELEASE
    return Action.FAIL


def _release_job(connection: Connection, job: int) -> None:
    running = select(tasks.c.number).where(tasks.c.job == job, tasks.c.state == State.RUNNING.value)
    if job_state(connection, job) is State.RUNNING and connection.execute(running).first() is None:
        move_job(connection, job, Action.RELEASE)


def _redo_dependencies(connection: Connection, task: int) -> bool:
    """Let the tasks that `task` checks run again: they render what does not read back and skip the rest.

    Returns:
        False where that mends nothing: there are none, or one of them has given frames up.
    """
    before = select(task_depends.c.on_task).where(task_depends.c.task == task)
    checked = connection.execute(select(tasks.c.number, tasks.c.error).where(tasks.c.number.in_(before))).all()
    if not checked or any(row.error for row in checked):
        return False
    for row in checked:
        redo_task(connection, row.number)
    return True
