"""What the store keeps of frames: each told once, whoever died in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from queue_bench import AddJob

from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.claims import Claims
from stfam.plugin.queue.frame_events import FrameEvent
from stfam.plugin.queue.journal import Journal, read_journal
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.views import TaskView


def matte_task(claims: Claims) -> TaskView:
    """The first task after the propagation."""
    propagate = claims.take("")
    assert propagate is not None
    claims.end(propagate, Ending(Outcome.DONE))
    task = claims.take("")
    assert task is not None
    return task


def test_an_event_told_twice_counts_once(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job(chunk=6)
    task = matte_task(claims)
    event = FrameEvent(1001, "written", 0.5, "m.1001.exr")
    claims.record(task, [event])
    claims.record(task, [event, FrameEvent(1001, "skipped")])
    (frame,) = store.frames(number)
    assert (frame.state, frame.renders, frame.seconds, frame.path) == ("written", 1, 0.5, "m.1001.exr")
    claims.end(task, Ending(Outcome.LOST))
    again = claims.take("")
    assert again is not None
    claims.record(again, [event])
    assert store.frames(number)[0].renders == 2


def test_frames_are_listed_in_the_order_of_the_work(store: Store, claims: Claims, add_job: AddJob) -> None:
    number = add_job(chunk=6)
    for step in ("propagate", "matte", "check"):
        task = claims.take("")
        assert task is not None and task.step == step
        claims.record(task, [FrameEvent(frame, "written") for frame in (1002, 1001)])
        claims.end(task, Ending(Outcome.DONE))
    steps = [(frame.step, frame.frame) for frame in store.frames(number)]
    assert steps == [(step, frame) for step in ("propagate", "matte", "check") for frame in (1001, 1002)]


STARTED = '{"event": "started", "skipped": [1001]}'


@pytest.mark.parametrize("same_claim", [True, False], ids=["by another Dask worker", "by another runner"])
@pytest.mark.parametrize(("begun", "state", "renders"), [(True, "written", 1), (False, "skipped", 0)])
def test_a_frame_finished_in_the_moment_of_a_kill_counts_as_written(
    store: Store, claims: Claims, add_job: AddJob, begun: bool, state: str, renders: int, same_claim: bool
) -> None:
    number = add_job(chunk=6)
    task = matte_task(claims)
    path = store.folder.journal(number, task.number)
    _journal(path, task.claims, STARTED if begun else "no event")
    if begun:
        claims.record(task, [FrameEvent(1001, "skipped")])
    again: TaskView | None = task
    if not same_claim:
        claims.end(task, Ending(Outcome.LOST))
        again = claims.take("")
    assert again is not None
    _journal(path, again.claims, STARTED)
    told = ((1001, "skipped"), (1002, "skipped"), (1003, "written"), (1004, "failed"))
    claims.record(again, [FrameEvent(frame, what) for frame, what in told])
    rows = {row.frame: (row.state, row.renders) for row in store.frames(number)}
    assert rows == {1001: ("skipped", 0), 1002: (state, renders), 1003: ("written", 1), 1004: ("failed", 0)}


@pytest.mark.parametrize(
    "damaged",
    ['{"event": "frame"}', '{"event": "frame", "frame": null}', '{"event": "started", "skipped": 5}', '{"event": "fra'],
    ids=["no frame", "null", "no list", "half"],
)
def test_a_damaged_line_of_a_journal_is_left_out(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "task-1.ndjson"
    path.write_text(f'1\t{damaged}\n1\t{{"event": "frame", "frame": 7}}\n')
    assert [event.frame for event in read_journal(path, 1)] == [7]


def _journal(path: Path, claim: int, line: str) -> None:
    journal = Journal(str(path), claim)
    journal.write(line)
    journal.close()
