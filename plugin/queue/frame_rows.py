"""Writing down what became of frames, once however often it is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects.sqlite import insert

from stfam.plugin.queue.frame_events import FrameEvent
from stfam.plugin.queue.schema import frames
from stfam.plugin.queue.views import TaskView


def record_frames(
    connection: Connection, task: TaskView, events: Sequence[FrameEvent], *, resumed: bool = False
) -> None:
    """Insert or update the rows of what a claim of `task` said, in order.

    A frame that is found finished keeps what is known of how it was made. `renders` grows by one for each claim in
    which the frame was written: it stays at one where nothing is rendered twice.

    Args:
        resumed: the task had begun once before. A finished frame that nobody told of was written by that run, in the
            moment it was killed.
    """
    if resumed:
        events = _with_untold(connection, task, events)
    statement = insert(frames)
    told = statement.excluded
    skipped = told.state == "skipped"
    written_again = (told.state == "written") & (told.claim != frames.c.claim)
    statement = statement.on_conflict_do_update(
        index_elements=[frames.c.job, frames.c.step, frames.c.frame],
        set_={
            "task": told.task,
            "claim": case((skipped, frames.c.claim), else_=told.claim),
            "state": case((skipped & (frames.c.state == "written"), "written"), else_=told.state),
            "seconds": case((skipped, frames.c.seconds), else_=told.seconds),
            "path": case((skipped, frames.c.path), else_=told.path),
            "note": told.note,
            "renders": frames.c.renders + case((written_again, 1), else_=0),
        },
    )
    of = {"job": task.job, "step": task.step, "task": task.number, "claim": task.claims}
    connection.execute(statement, [{**of, **vars(event), "renders": int(event.state == "written")} for event in events])


def made_new(connection: Connection, task: TaskView) -> bool:
    """Whether this claim of `task` wrote a frame that had never been written, so that less is left for the next one.

    A check that begins anew comes as far as before and no further.
    """
    of_step = (frames.c.job == task.job) & (frames.c.step == task.step)
    of_claim = (frames.c.task == task.number) & (frames.c.claim == task.claims)
    first = (frames.c.state == "written") & (frames.c.renders == 1)
    query = select(frames.c.frame).where(of_step, of_claim, first).limit(1)
    return connection.execute(query).first() is not None


def forget_frames(connection: Connection, task: TaskView) -> None:
    """Nothing is left of the frames that `task` wrote: a movie that was not finished starts over."""
    connection.execute(delete(frames).where(frames.c.job == task.job, frames.c.step == task.step))


def _with_untold(connection: Connection, task: TaskView, events: Sequence[FrameEvent]) -> list[FrameEvent]:
    known = select(frames.c.frame).where(frames.c.job == task.job, frames.c.step == task.step)
    told = set(connection.execute(known).scalars())
    return [
        dataclasses.replace(event, state="written") if event.state == "skipped" and event.frame not in told else event
        for event in events
    ]
