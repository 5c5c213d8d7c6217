"""`stfam farm simulate`: where the time goes on farms of 1 to 1,000 workers."""

from __future__ import annotations

import argparse
import json
from math import inf

from stfam.core.errors import UsageError
from stfam.plugin.queue.command.output import opened_store, print_table
from stfam.plugin.queue.command.shot_arguments import given
from stfam.plugin.queue.cost import Costs
from stfam.plugin.queue.farm.simulation import KINDS, FarmRun, constant_chunk, model_chunk, paper_shots, simulate
from stfam.plugin.queue.history import measured_costs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `farm simulate`."""
    parser.add_argument("--shots", type=int, default=10_000, metavar="N", help="of a film (10000)")
    parser.add_argument(
        "--workers", default="1,10,100,1000", metavar="LIST", help="sizes of farms to compare (1,10,100,1000)"
    )
    parser.add_argument("--chunk", type=int, default=0, metavar="FRAMES", help="of every task (default 0: the best)")
    parser.add_argument(
        "--dispatch", type=float, default=0.01, metavar="S", help="the queue's own seconds a task (0.01)"
    )
    parser.add_argument("--measured", action="store_true", help="use the costs that this machine's queue has seen")
    parser.add_argument("--queue", type=given, metavar="DIR", help="whose costs those are")
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def answer(options: argparse.Namespace) -> int:
    """Simulate and print a table.

    Raises:
        UsageError: no shots, no workers, or less than no frames or seconds.
    """
    try:
        sizes = [int(text) for text in options.workers.split(",")]
    except ValueError as error:
        raise UsageError(f"--workers takes numbers such as 1,10,100, not {options.workers!r}.") from error
    if min(sizes) < 1 or options.shots < 1:
        raise UsageError("A simulation needs at least one shot and one worker.")
    if options.chunk < 0 or not 0 <= options.dispatch < inf:
        raise UsageError("A simulation's --chunk and --dispatch are 0 or more, and not infinite.")
    costs = _costs(options)
    choose = constant_chunk(options.chunk) if options.chunk else model_chunk(costs)
    shots = paper_shots(options.shots)
    runs = [simulate(shots, size, costs, choose, options.dispatch) for size in sizes]
    if options.json:
        for run in runs:
            print(json.dumps({**vars(run), "efficiency": run.efficiency}))
    else:
        print(f"{options.shots} shots, {sum(shot.frames for shot in shots)} frames; per cent of the farm's time")
        print_table(("workers", "hours", "tasks", "efficiency", *KINDS), [_row(run) for run in runs])
    return 0


def _costs(options: argparse.Namespace) -> Costs:
    if not options.measured:
        return Costs()
    with opened_store(options) as store:
        return measured_costs(store)


def _row(run: FarmRun) -> tuple[object, ...]:
    whole = run.workers * run.seconds
    shares = (f"{100 * run.worker_seconds[kind] / whole:.2f}" for kind in KINDS)
    return run.workers, f"{run.seconds / 3600:.2f}", run.tasks, f"{100 * run.efficiency:.1f}", *shares
