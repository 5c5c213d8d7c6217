"""`stfam queue run`: a runner in this process."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from stfam.core.device_name import device_name
from stfam.core.errors import UsageError
from stfam.core.stopping import stopped_status
from stfam.plugin.queue.command.output import Commands, opened_store, print_json
from stfam.plugin.queue.devices import render_devices
from stfam.plugin.queue.executor import Executor, Message
from stfam.plugin.queue.farm.dask_package import require_dask
from stfam.plugin.queue.job_logs import JobLogs, Printed
from stfam.plugin.queue.local_executor import LocalExecutor
from stfam.plugin.queue.reports import Listener, Report
from stfam.plugin.queue.runner import Runner, RunnerOptions
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.watching import WatchedFolder


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Declare `run`."""
    run = commands.add_parser("run", parents=[common], help="render what is queued; may be killed and started again")
    run.add_argument("--until-empty", action="store_true", help="end when nothing is left that can be done")
    run.add_argument("--workers", type=int, default=None, metavar="N", help="(default: one a device)")
    run.add_argument("--devices", default=None, metavar="LIST", help="such as cuda:0,cuda:1 (default: what is there)")
    run.add_argument("--scheduler", default=None, metavar="ADDRESS", help="render on the workers of a Dask scheduler")
    run.add_argument(
        "--watch", action="append", default=[], metavar="DIR", help="queue shots that land in a folder; may be repeated"
    )
    run.set_defaults(answer=answer)


def answer(options: argparse.Namespace) -> int:
    """Work on the queue until told to stop."""
    with opened_store(options) as store:
        show = Printed(_json if options.json else _line)
        watched = [WatchedFolder(store, folder) for folder in options.watch]

        def idle() -> bool:
            for folder in watched:
                for event in folder.look():
                    show(event)
            return any(folder.expecting for folder in watched)

        listeners: list[Listener] = [show, JobLogs(store.folder)]
        runner = Runner(store, _executor(options, store), listeners, RunnerOptions(options.until_empty, idle))
        with _stopped_by_signals(runner):
            return runner.run()


def chosen_devices(workers: int | None, devices: str | None) -> list[str]:
    """The device of each worker: those named, repeated until there are as many as `workers`.

    Raises:
        UsageError: no worker at all, or a device that is not on this machine.
    """
    named = _named_devices(devices) if devices else _usable_devices()
    count = len(named) if workers is None else workers
    if count < 1 or not named:
        raise UsageError("A runner needs at least one worker: --workers 1 or more.")
    return [named[i % len(named)] for i in range(count)]


def _usable_devices() -> list[str]:
    """What is there; the shot's own choice where torch cannot use it, for want of its CUDA build or a newer driver."""
    found = render_devices()
    if found == [""]:
        return found
    from stfam.core.engine.device_memory import cuda_devices  # imports torch

    return found[: cuda_devices()] or [""]


def _named_devices(devices: str) -> list[str]:
    named = [name.strip() for name in devices.split(",") if name.strip()]
    for name in named:
        if device_name(name)[0] in ("cuda", "mps"):
            from stfam.core.engine.device_memory import choose_device  # imports torch, which others do without

            choose_device(name)
    return named


def _executor(options: argparse.Namespace, store: Store) -> Callable[[Callable[[Message], None]], Executor]:
    if options.scheduler is not None:
        if (options.workers, options.devices) != (None, None):
            raise UsageError("With --scheduler, Dask's own workers render: leave out --workers and --devices.")
        require_dask()
        from stfam.plugin.queue.dask_executor import DaskExecutor

        return lambda say: DaskExecutor(options.scheduler, say)
    devices = chosen_devices(options.workers, options.devices)
    return lambda say: LocalExecutor(devices, store.folder, say)


@contextmanager
def _stopped_by_signals(runner: Runner) -> Iterator[None]:
    """The first SIGTERM or Ctrl-C stops the runner in order; the second ends it at once."""

    def stop(number: int, _frame: FrameType | None) -> None:
        runner.stop(stopped_status(number))
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _line(report: Report) -> None:
    text = report.line()
    print(text, file=sys.stderr if text.startswith("ERROR:") else sys.stdout, flush=True)


def _json(report: Report) -> None:
    print_json(report.to_json())
