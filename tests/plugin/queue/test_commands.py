"""A task as a command: the shot that it is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from queue_bench import MakeJob

from stfam.plugin.queue.assignment import Assignment
from stfam.plugin.queue.commands import shot_for_tasks, write_shot
from stfam.plugin.queue.plan import Step


@pytest.mark.parametrize("size", [0, 40], ids=["empty", "half"])
def test_a_tasks_shot_that_was_cut_off_is_written_again(make_job: MakeJob, tmp_path: Path, size: int) -> None:
    shot = make_job().shot.to_json()
    assignment = Assignment(1, 1, 1, Step.MATTE, "1-6", shot, False, (), lock="", journal="")
    path = write_shot(assignment, tmp_path)
    path.write_text(shot[:size])
    assert write_shot(assignment, tmp_path) == path
    assert path.read_text("utf-8") == shot


@pytest.mark.parametrize("kept", [None, "/t/t.####.png"], ids=["by the queue", "by the shot"])
def test_tasks_read_the_jobs_frames_and_where_its_trimaps_are(
    make_job: MakeJob, tmp_path: Path, kept: str | None
) -> None:
    job = make_job()
    job = replace(job, frames="1003-1004", shot=replace(job.shot, output=replace(job.shot.output, trimaps=kept)))
    shot = shot_for_tasks(job, tmp_path)
    assert (shot.frames, shot.output.trimaps) == ("1003-1004", kept or str(tmp_path / "trimap.####.png"))
