"""Frames that were not in a plate yet when its job was queued, and that the job's mattes are made with."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from stfam.core.errors import StfamError
from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import is_movie
from stfam.plugin.queue.extent import shot_extent
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.plan import Step, frames_with_trimaps
from stfam.plugin.queue.views import TaskView


def with_late_frames(task: TaskView, job: Job, tasks: Sequence[TaskView]) -> TaskView:
    """`task` as it is to be done now, among the `tasks` of its job.

    A matte is made with its neighbours, those beyond the frames that were asked for too. Where they have landed since,
    the propagation that is nearest to them makes their trimaps as well: without these, mattes would differ from those
    of `stfam render`. Where the plate cannot be looked at the task stays as it is; its command says why.
    """
    if task.step != Step.PROPAGATE.value or is_movie(job.shot.plate):  # a movie has all its frames from the start
        return task
    try:
        extent = shot_extent(job.shot, job.frames)
    except StfamError:
        return task
    planned = {other.number: tuple(FrameRange.parse(other.frames)) for other in tasks if other.step == task.step}
    needed = frames_with_trimaps(extent, job.shot.settings.window)

    def nearest(frame: int) -> int:
        return min(planned, key=lambda number: _distance(frame, planned[number]))

    late = set(needed).difference(*planned.values())
    frames = sorted({*planned[task.number], *(frame for frame in late if nearest(frame) == task.number)})
    return dataclasses.replace(task, frames=str(FrameRange.of(frames)), frame_count=len(frames))


def _distance(frame: int, frames: Sequence[int]) -> int:
    return max(frames[0] - frame, 0, frame - frames[-1])
