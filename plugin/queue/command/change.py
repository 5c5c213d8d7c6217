"""`stfam queue pause`, `resume`, `cancel`, `retry`, `reprioritise`, `clean` and `repair`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from stfam.plugin.queue.command.output import Commands, opened_store, print_json
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.errors import QueueError
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.repair import repair
from stfam.plugin.queue.states import ENDED, State

Answer = Callable[[argparse.Namespace], int]


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Declare the commands that change jobs."""
    helps = {
        "pause": "hand nothing of a job out any more; its running tasks stop within a frame",
        "resume": "go on with a paused job",
        "cancel": "end a job; its finished frames stay",
        "retry": "do what failed or was cancelled after all; finished frames stay",
    }
    for name, text in helps.items():
        command = commands.add_parser(name, parents=[common], help=text)
        command.add_argument("jobs", type=int, nargs="*", metavar="JOB")
        if name == "retry":
            command.add_argument("--failed", action="store_true", help="every job that has failed")
        command.set_defaults(answer=_changer(name))
    order = commands.add_parser("reprioritise", parents=[common], help="move a job forwards or backwards")
    order.add_argument("job", type=int)
    order.add_argument("priority", type=int, metavar="0-100")
    order.set_defaults(answer=reprioritise)
    clean = commands.add_parser("clean", parents=[common], help="forget ended jobs and their logs; mattes stay")
    clean.add_argument("jobs", type=int, nargs="*", metavar="JOB", help="(default: all that are done or cancelled)")
    clean.set_defaults(answer=clean_jobs)
    mend = commands.add_parser("repair", parents=[common], help="make a damaged queue again from its jobs' files")
    mend.set_defaults(answer=repair_queue)


def _changer(name: str) -> Answer:
    def change(options: argparse.Namespace) -> int:
        with opened_store(options) as store:
            numbers = list(options.jobs)
            if getattr(options, "failed", False):
                numbers += [view.number for view in store.views() if view.state is State.FAILED]
            elif not numbers:
                raise QueueError(f"Which job? Write `stfam queue {name} NUMBER`; `stfam queue list` shows the numbers.")
            act = getattr(JobControl(store), name)
            states = {number: act(number) for number in numbers}
        for number, state in states.items():
            if options.json:
                print_json({"job": number, "state": state.value})
            else:
                print(f"Job {number} is {state.value}.")
        return 0

    return change


def reprioritise(options: argparse.Namespace) -> int:
    """Change a job's priority."""
    with opened_store(options) as store:
        JobControl(store).reprioritise(options.job, options.priority)
    if options.json:
        print_json({"job": options.job, "priority": options.priority})
    else:
        print(f"Job {options.job} has priority {options.priority}.")
    return 0


def clean_jobs(options: argparse.Namespace) -> int:
    """Forget ended jobs."""
    with opened_store(options) as store:
        kept = (State.FAILED,)
        ended = [view.number for view in store.views() if view.state in ENDED and view.state not in kept]
        numbers = options.jobs or ended
        JobControl(store).clean(numbers)
    if options.json:
        print_json({"cleaned": numbers})
    else:
        print(f"{len(numbers)} jobs forgotten.")
    return 0


def repair_queue(options: argparse.Namespace) -> int:
    """Make the queue again."""
    done = repair(QueueFolder.find(options.queue))
    if options.json:
        aside = str(done.aside) if done.aside else None
        print_json({"aside": aside, "queued": list(done.queued), "lost": {str(n): why for n, why in done.lost.items()}})
    else:
        kept = f"; the damaged file is kept at {done.aside}" if done.aside else ""
        print(f"{len(done.queued)} jobs are queued again{kept}")
    for number, why in done.lost.items():
        print(f"ERROR: Job {number} could not be queued again: {why}", file=sys.stderr)
    return 6 if done.lost else 0
