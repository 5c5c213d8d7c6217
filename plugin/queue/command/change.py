"""`stfam queue pause`, `resume`, `cancel`, `retry`, `reprioritise`, `clean` and `repair`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable

from stfam.core.errors import FramesFailedError
from stfam.plugin.queue.command.output import Commands, job_number, opened_store, say
from stfam.plugin.queue.control import JobControl
from stfam.plugin.queue.errors import NoSuchJobError, QueueError, TransitionError
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.repair import repair
from stfam.plugin.queue.states import State

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
        command.add_argument("jobs", type=job_number, nargs="*", metavar="JOB")
        if name == "retry":
            command.add_argument("--failed", action="store_true", help="every job that has failed")
        command.set_defaults(answer=_changer(name))
    order = commands.add_parser("reprioritise", parents=[common], help="move a job forwards or backwards")
    order.add_argument("job", type=job_number)
    order.add_argument("priority", type=int, metavar="0-100")
    order.set_defaults(answer=reprioritise)
    clean = commands.add_parser("clean", parents=[common], help="forget ended jobs and their logs; mattes stay")
    default = "(default: all that are done or cancelled)"
    clean.add_argument("jobs", type=job_number, nargs="*", metavar="JOB", help=default)
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
            if not numbers:
                say(options, "No job has failed.", {"event": "notice", "message": "No job has failed."})
            act = getattr(JobControl(store), name)

            def change_one(number: int) -> None:
                state: State = act(number)
                say(options, f"Job {number} is {state.value}.", {"job": number, "state": state.value})

            _for_each(numbers, change_one)
        return 0

    return change


def reprioritise(options: argparse.Namespace) -> int:
    """Change a job's priority."""
    with opened_store(options) as store:
        JobControl(store).reprioritise(options.job, options.priority)
    answer = {"job": options.job, "priority": options.priority}
    say(options, f"Job {options.job} has priority {options.priority}.", answer)
    return 0


def clean_jobs(options: argparse.Namespace) -> int:
    """Forget ended jobs."""
    with opened_store(options) as store:
        ended = [view.number for view in store.views() if view.state in (State.DONE, State.CANCELLED)]
        done = JobControl(store).clean(*dict.fromkeys(options.jobs or ended))
    say(options, f"{len(done.numbers)} jobs forgotten.", {"cleaned": done.numbers})
    for left in done.left:
        print(f"Note: {left} could not be removed: check who may write there, then remove it.", file=sys.stderr)
    _raise_together(done.refused)
    return 0


def repair_queue(options: argparse.Namespace) -> int:
    """Make the queue again."""
    done = repair(QueueFolder.find(options.queue))
    lost = {str(number): why for number, why in done.lost.items()}
    aside = str(done.aside) if done.aside else None
    kept = f"; the damaged file is kept at {aside}" if aside else ""
    answer = {"aside": aside, "queued": done.queued, "lost": lost, "notices": done.notices}
    say(options, "\n".join((f"{len(done.queued)} jobs are queued again{kept}", *done.notices)), answer)
    for number, why in lost.items():
        print(
            f"ERROR: Job {number} could not be queued again: {why} Its file is kept: mend this, then run "
            "`stfam queue repair` again.",
            file=sys.stderr,
        )
    return FramesFailedError.exit_status if lost else 0


def _for_each(numbers: Iterable[int], act: Callable[[int], None]) -> None:
    """Do it for each number once; what is refused is raised when all have had their turn."""
    refused: list[QueueError] = []
    for number in dict.fromkeys(numbers):
        try:
            act(number)
        except (NoSuchJobError, TransitionError) as error:
            refused.append(error)
    _raise_together(refused)


def _raise_together(refused: list[QueueError]) -> None:
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise QueueError(" ".join(map(str, refused)))
