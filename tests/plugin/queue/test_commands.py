"""A task as a command: the shot that it is given."""

from __future__ import annotations

from pathlib import Path

import pytest
from queue_bench import MakeJob

from stfam.plugin.queue.assignment import Assignment
from stfam.plugin.queue.commands import write_shot
from stfam.plugin.queue.plan import Step


@pytest.mark.parametrize("size", [0, 40], ids=["empty", "half"])
def test_a_tasks_shot_that_was_cut_off_is_written_again(make_job: MakeJob, tmp_path: Path, size: int) -> None:
    shot = make_job().shot.to_json()
    assignment = Assignment(1, 1, 1, Step.MATTE, "1-6", shot, False, (), lock="", journal="")
    path = write_shot(assignment, tmp_path)
    path.write_text(shot[:size])
    assert write_shot(assignment, tmp_path) == path
    assert path.read_text("utf-8") == shot
