"""`stfam queue add`: shots, project files and job files into the queue."""

from __future__ import annotations

import argparse
from pathlib import Path

from stfam.core.errors import UsageError
from stfam.plugin.queue.command.output import Commands, opened_store, say
from stfam.plugin.queue.command.shot_arguments import add_shot_arguments, given, shot_name, shot_of, shot_options
from stfam.plugin.queue.job import Job
from stfam.plugin.queue.submission import job_from_shot, submit

JOB_SUFFIX = ".json"


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Declare `add`."""
    add = commands.add_parser(
        "add",
        parents=[common],
        help="queue a shot: SHOT.stfam, a job file (.json), or PLATE with the options of `stfam render`",
    )
    add_shot_arguments(add)
    add.add_argument("--name", help="what the job is called (default: the shot file's or the plate's name)")
    add.add_argument("--priority", type=int, default=None, metavar="0-100", help="higher goes first (default 50)")
    add.add_argument(
        "--after", type=int, action="append", default=[], metavar="JOB", help="wait until it is done; may be repeated"
    )
    add.add_argument("--retries", type=int, default=None, help="how often a failed task is tried again (default 2)")
    add.add_argument("--chunk", type=int, default=None, metavar="FRAMES", help="of a matte task (default 0: the best)")
    add.add_argument("--steps", type=given, default=None, help="of propagate,matte,check (default: all)")
    add.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="for the render processes; may be repeated"
    )
    add.add_argument("--notes", default=None, help="for people")
    add.set_defaults(answer=answer)


def answer(options: argparse.Namespace) -> int:
    """Queue what `options` describe."""
    overrides = _overrides(options)
    if options.plate.endswith(JOB_SUFFIX):
        job = _job_in_file(options)
    else:
        job = job_from_shot(shot_of(options), options.name or shot_name(options), options.frames)
    job = Job.from_json({**job.to_json(), **overrides})
    with opened_store(options) as store:
        added = submit(store, job)
        view = store.view(added.number)
    extent = f"{view.frames} frames, {view.tasks} tasks, priority {view.priority}"
    facts = {**view.to_json(), "task_frames": [len(task.frames) for task in added.tasks]}
    say(options, f'Queued job {added.number} "{job.name}": {extent}', facts)
    return 0


def _job_in_file(options: argparse.Namespace) -> Job:
    if refused := shot_options(options):
        raise UsageError(
            f"The job file {options.plate} says itself what its shot is; {', '.join(refused)} cannot change it. "
            "Edit the file, or queue the plate or a .stfam file."
        )
    return Job.load(Path(options.plate))


def _overrides(options: argparse.Namespace) -> dict[str, object]:
    chosen: dict[str, object] = {
        "name": options.name,
        "frames": options.frames,
        "priority": options.priority,
        "retries": options.retries,
        "chunk": options.chunk,
        "notes": options.notes,
        "steps": [step.strip() for step in options.steps.split(",")] if options.steps else None,
        "depends": options.after or None,
        "environment": dict(_variable(text) for text in options.env) or None,
        "continue_on_error": options.continue_on_error or None,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--env takes NAME=VALUE, not {text!r}.")
    return name, value
