"""`stfam farm local N`: a Dask scheduler and N workers on this machine, to try a farm without one."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType

from stfam.core.errors import UsageError
from stfam.core.stopping import stopped_status
from stfam.plugin.queue.devices import visible_gpus
from stfam.plugin.queue.errors import QueueError
from stfam.plugin.queue.farm.child_process import ChildProcess
from stfam.plugin.queue.farm.dask_package import require_dask
from stfam.plugin.queue.path_mapping import MAP_VARIABLE, path_rules
from stfam.plugin.queue.threads import thread_variables

START_SECONDS = 60.0
LOOK_SECONDS = 0.5
HIGHEST_PORT = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `farm local`."""
    parser.add_argument("workers", type=int, metavar="N", help="workers")
    parser.add_argument(
        "--port", type=int, default=8786, help="of the scheduler on 127.0.0.1 (8786); 0 takes a free one"
    )
    parser.add_argument("--gpus", action="store_true", help="give each worker one GPU, by CUDA_VISIBLE_DEVICES")
    parser.add_argument("--json", action="store_true", help="say the address in JSON")


def answer(options: argparse.Namespace) -> int:
    """Run until stopped; returns the status of the signal that did it.

    Raises:
        UsageError: fewer than one worker, no such port, no Dask, or $STFAM_PATH_MAP does not hold together.
        QueueError: the scheduler does not start, because its port is taken for example, or has ended.
    """
    if options.workers < 1:
        raise UsageError("A farm needs at least one worker.")
    if not 0 <= options.port <= HIGHEST_PORT:
        raise UsageError(f"A port is 0 to {HIGHEST_PORT}, not {options.port}.")
    require_dask()
    path_rules(os.environ.get(MAP_VARIABLE, ""))
    with tempfile.TemporaryDirectory(prefix="stfam-farm-") as folder, _Farm(Path(folder), options) as farm:
        return farm.run()


class _Farm:
    """A scheduler and its workers; as a context manager it ends them all."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder = folder
        self._options = options
        self._scheduler: ChildProcess | None = None
        self._workers: list[ChildProcess] = []
        self._stopped = threading.Event()
        self._status = 0

    def __enter__(self) -> _Farm:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        return self

    def __exit__(self, *error: object) -> None:
        """Workers first: one that takes its leave of a scheduler that is gone may wait for it."""
        ChildProcess.end_all(self._workers)
        ChildProcess.end_all([self._scheduler] if self._scheduler else [])

    def run(self) -> int:
        """Start everything, say where it is, and look after it until a signal comes."""
        address = self._start_scheduler()
        if address is not None:
            self._workers = [self._start_worker(address, index) for index in range(self._options.workers)]
            self._tell(address)
        while not self._stopped.wait(LOOK_SECONDS):
            self._look()
        return self._status

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._status = stopped_status(number)
        self._stopped.set()

    def _start_scheduler(self) -> str | None:
        """The scheduler's address; none where a signal came first."""
        port, file = self._options.port, self._folder / "scheduler.json"
        arguments = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        self._scheduler = scheduler = ChildProcess(
            "The scheduler", [*arguments, "--scheduler-file", str(file)], {}, self._folder / "scheduler.log"
        )
        deadline = time.monotonic() + START_SECONDS
        while (address := scheduler_address(file)) is None and scheduler.status is None and time.monotonic() < deadline:
            if self._stopped.wait(0.05):
                return None
        if address is None:
            raise QueueError(
                f"The Dask scheduler did not start{scheduler.last_words()}; is port {port} taken? Choose another with "
                "--port."
            )
        return address

    def _start_worker(self, address: str, index: int) -> ChildProcess:
        arguments = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", f"stfam-{index}"]
        arguments += ["--preload", "stfam.plugin.queue.dask_worker"]
        environment = thread_variables(self._options.workers)
        if self._options.gpus:
            arguments += ["--resources", "GPU=1"]
            environment["CUDA_VISIBLE_DEVICES"] = gpu_of(index)
        return ChildProcess(f"Worker {index}", arguments, environment, self._folder / f"worker-{index}.log")

    def _tell(self, address: str) -> None:
        if self._options.json:
            scheduler = self._scheduler.pid if self._scheduler else None
            pids = [worker.pid for worker in self._workers]
            print(json.dumps({"scheduler": address, "scheduler_pid": scheduler, "worker_pids": pids}), flush=True)
        else:
            print(f"Scheduler at {address}, {len(self._workers)} workers. In another terminal:", flush=True)
            print(f"  stfam queue run --scheduler {address}", flush=True)

    def _look(self) -> None:
        """Say which workers have ended.

        Raises:
            QueueError: there is nothing left to look after.
        """
        if self._scheduler is not None and self._scheduler.status is not None:
            raise QueueError(f"{self._scheduler.obituary()}. Its workers end with it; start the farm again.")
        ended = [worker for worker in self._workers if worker.status is not None]
        self._workers = [worker for worker in self._workers if worker.status is None]
        for worker in ended:
            self._say_ended(worker, len(self._workers))
        if not self._workers:
            raise QueueError("No worker is left; start the farm again.")

    def _say_ended(self, worker: ChildProcess, left: int) -> None:
        if self._options.json:
            facts = {"event": "worker_ended", "pid": worker.pid, "status": worker.status, "message": worker.obituary()}
            print(json.dumps(facts), flush=True)
        print(f"ERROR: {worker.obituary()}; {left} are left.", file=sys.stderr, flush=True)


def gpu_of(worker: int) -> str:
    """The GPU of a worker, one of those that are left to this process; empty where there are fewer."""
    visible = visible_gpus()
    if visible is None:
        return str(worker)
    return visible[worker] if worker < len(visible) else ""


def scheduler_address(file: Path) -> str | None:
    """The address in a scheduler's file; none while it is not there or not wholly written, as Dask writes in place."""
    try:
        return str(json.loads(file.read_text("utf-8"))["address"])
    except (FileNotFoundError, ValueError):
        return None
