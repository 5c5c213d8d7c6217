"""A task as the `stfam` command that does it: the same on this machine, on a Dask worker and on a farm."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

from stfam.core.errors import FramesFailedError
from stfam.core.shot import Shot
from stfam.core.whole_file import write_whole
from stfam.plugin.queue.assignment import Assignment
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.plan import Step


def task_request(assignment: Assignment, shot_file: Path) -> dict[str, Any]:
    """What a render process is asked to do of an assignment whose shot has been written to `shot_file`."""
    return {
        "arguments": _arguments(assignment, shot_file),
        "claim": assignment.claim,
        "lock": assignment.lock,
        "journal": assignment.journal,
    }


def leaves_rest_to_check(step: str, status: int, *, continue_on_error: bool, frames_failed: bool) -> bool:
    """Whether a step that ended with `status` counts as done, for the next ones to start although frames failed."""
    asked = continue_on_error and step != Step.CHECK.value
    return asked and frames_failed and status == FramesFailedError.exit_status


def write_shot(assignment: Assignment, folder: Path) -> Path:
    """The assignment's shot as a file in `folder`; tasks of one shot share it, and one that was damaged is replaced."""
    text = assignment.shot
    path = folder / f"shot-{hashlib.sha256(text.encode()).hexdigest()[:16]}.stfam"
    if not path.exists() or path.read_bytes() != text.encode():
        write_whole(path, text)
    return path


def shot_for_tasks(job: Job, trimaps: Path) -> Shot:
    """The shot of `job` as its tasks read it: with the job's frames, as a movie holds these alone.

    Its trimaps have a place between the steps: where it keeps them itself, else in `trimaps`.
    """
    kept = job.shot.output.trimaps or str(trimaps / "trimap.####.png")
    output = dataclasses.replace(job.shot.output, trimaps=kept)
    return dataclasses.replace(job.shot, frames=job.frames, output=output)


def _arguments(assignment: Assignment, shot_file: Path) -> list[str]:
    arguments = [assignment.step.value, str(shot_file), f"--frames={assignment.frames}", "--json"]
    if assignment.step is not Step.CHECK and assignment.device:
        arguments += ["--device", assignment.device]
    if assignment.step is not Step.CHECK and assignment.continue_on_error:
        arguments.append("--continue-on-error")
    return arguments
