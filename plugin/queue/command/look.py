"""`stfam queue list`, `show`, `log` and `report`: looking without touching."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from stfam.plugin.queue.command.output import Commands, job_number, opened_store, print_json, print_table, say
from stfam.plugin.queue.following import follow
from stfam.plugin.queue.job_logs import follow_log
from stfam.plugin.queue.reports import summary_line
from stfam.plugin.queue.states import ENDED
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.views import JobView, TaskView

HEAD = ("job", "state", "priority", "frames", "tasks", "seconds", "name", "note")
LAST_LOOKS = 3
"""At the log of a job that has ended: the runner says so there after it has told the queue."""


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Declare `list`, `show`, `log` and `report`."""
    every = commands.add_parser("list", parents=[common], help="the jobs, in the order in which they are rendered")
    every.add_argument("--open", action="store_true", help="only those that have not ended")
    every.add_argument("-f", "--follow", action="store_true", help="again whenever something changes")
    every.set_defaults(answer=list_jobs)
    show = commands.add_parser("show", parents=[common], help="one job: its tasks, its frames and their times")
    show.add_argument("job", type=job_number)
    show.add_argument("-f", "--follow", action="store_true", help="again whenever something changes")
    show.set_defaults(answer=show_job)
    log = commands.add_parser("log", parents=[common], help="what a job's tasks said")
    log.add_argument("job", type=job_number)
    log.add_argument("-f", "--follow", action="store_true", help="go on until the job has ended")
    log.add_argument("-F", "--follow-on", action="store_true", help="go on after that, in case it is tried again")
    log.set_defaults(answer=show_log)
    small = commands.add_parser("thumbnails", parents=[common], help="small pictures of a job's mattes, made now")
    small.add_argument("job", type=job_number)
    small.set_defaults(answer=list_thumbnails)
    report = commands.add_parser("report", parents=[common], help="a job as an HTML page with thumbnails and timings")
    report.add_argument("job", type=job_number)
    report.add_argument("out", type=Path, metavar="FILE.html")
    report.set_defaults(answer=write_report)


def list_jobs(options: argparse.Namespace) -> int:
    """Print the jobs."""
    with opened_store(options) as store:

        def look() -> list[JobView]:
            return store.views(ended=not options.open)

        for views in follow(store, look) if options.follow else [look()]:
            if options.json:
                print_json([view.to_json() for view in views])
            elif views:
                print_table(HEAD, [_row(view) for view in views])
            else:
                print("The queue is empty.")
    return 0


def show_job(options: argparse.Namespace) -> int:
    """Print a job with its tasks and frames."""
    with opened_store(options) as store:

        def look() -> JobView:
            return store.view(options.job)

        views = follow(store, look) if options.follow else [look()]
        for view in views:
            _show(store, view, as_json=options.json)
    return 0


def list_thumbnails(options: argparse.Namespace) -> int:
    """Print each matte's frame and picture."""
    from stfam.plugin.queue.thumbnails import frame_mattes, thumbnail

    with opened_store(options) as store:
        for frame, matte in frame_mattes(store, options.job):
            picture = thumbnail(store, options.job, matte, frame.frame)
            if picture is not None:
                say(options, f"{frame.frame} {picture}", {"frame": frame.frame, "path": str(picture)})
    return 0


def _show(store: Store, view: JobView, *, as_json: bool) -> None:
    job, tasks, frames = store.job(view.number), store.tasks(view.number), store.frames(view.number)
    if as_json:
        parts = {"tasks": [task.to_json() for task in tasks], "frames": [frame.to_json() for frame in frames]}
        print_json({**view.to_json(), "job": job.to_json(), "task_count": view.tasks, **parts})
        return
    print(summary_line(view))
    for name, value in (("plate", job.shot.plate), ("matte", job.shot.output.matte), ("notes", job.notes)):
        if value:
            print(f"  {name}: {value}")
    head = ("task", "step", "frames", "state", "failures", "seconds", "error")
    print_table(head, [_task_row(task) for task in tasks])
    for frame in frames:
        print(f"  {frame.step} {frame.frame}: {frame.state} {frame.seconds:.2f}s {frame.path} {frame.note}".rstrip())


def show_log(options: argparse.Namespace) -> int:
    """Print a job's log, and with -f what is added to it."""
    with opened_store(options) as store:
        store.view(options.job)
        over = repeat(False) if options.follow_on else _ended(store, options.job) if options.follow else repeat(True)
        for line in follow_log(store.folder.log(options.job), over):
            say(options, line, {"event": "log", "job": options.job, "message": line})
    return 0


def write_report(options: argparse.Namespace) -> int:
    """Write a job's HTML report."""
    from stfam.plugin.queue.report_page import write_page

    with opened_store(options) as store:
        write_page(store, options.job, options.out)
    answer = {"job": options.job, "report": str(options.out)}
    say(options, f"Report of job {options.job} -> {options.out}", answer)
    return 0


def _ended(store: Store, number: int) -> Iterator[bool]:
    while store.view(number).state not in ENDED:
        yield False
    yield from repeat(False, LAST_LOOKS)


def _row(view: JobView) -> tuple[object, ...]:
    waits = f"waits for {', '.join(map(str, view.waits_for))}" if view.waits_for else ""
    counts = f"{view.done}/{view.frames}", f"{view.tasks_done}/{view.tasks}", f"{view.seconds:.1f}"
    return view.number, view.state.value, view.priority, *counts, view.name, view.error or waits


def _task_row(task: TaskView) -> tuple[object, ...]:
    seconds = f"{task.seconds:.1f}"
    return task.number, task.step, task.frames, task.state.value, task.failures, seconds, task.error or ""
