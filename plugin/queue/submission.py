"""From a shot to a job in the queue: its frames found, its tasks planned by the cost model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stfam.core.frame_range import FrameRange
from stfam.core.shot import Shot
from stfam.plugin.queue.cost import best_chunk
from stfam.plugin.queue.devices import render_devices
from stfam.plugin.queue.extent import shot_extent
from stfam.plugin.queue.history import measured_costs
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.plan import PlannedTask, Step, in_one_piece, plan
from stfam.plugin.queue.shot_checks import check_shot
from stfam.plugin.queue.store import Along, Store


@dataclass(frozen=True)
class Submission:
    """What `add` did."""

    number: int
    job: Job
    tasks: tuple[PlannedTask, ...]


def submit(store: Store, job: Job, *, along: Along | None = None) -> Submission:
    """Plan `job` and put it in the queue; `along` goes into the same transaction.

    Raises:
        StfamError: `stfam render` would refuse the shot, or a job that it depends on does not exist.
    """
    if job.steps != (Step.CHECK,):
        check_shot(job.shot, job.frames)
    planned = planned_tasks(store, job)
    return Submission(store.add(job, planned, along=along), job, planned)


def planned_tasks(store: Store, job: Job) -> tuple[PlannedTask, ...]:
    """The tasks of `job`, in chunks of the size that it asks for or that the cost model finds best."""
    extent = shot_extent(job.shot, job.frames)
    window = job.shot.settings.window
    chunk = job.chunk
    if in_one_piece((job.shot.output.matte, job.shot.output.foreground)):
        chunk = len(extent.wanted)
    if not chunk:
        workers = store.slots() or len(render_devices())
        backlog = sum(view.frames - view.done for view in store.views(ended=False))
        chunk = best_chunk(len(extent.wanted), window, workers, measured_costs(store), backlog)
    return plan(extent, job.steps, window, chunk)


def job_from_shot(shot: Shot, name: str, frames: str | None) -> Job:
    """The job that renders `frames` of `shot`, or its own frames, or its whole plate.

    Raises:
        StfamError: there is no plate, or no frame is wanted.
    """
    absolute = shot.anchored(Path.cwd())
    asked = frames or shot.frames or str(FrameRange.of(shot_extent(absolute).wanted))
    return Job(name=name, shot=absolute, frames=asked)
