"""`stfam farm local N`: a Dask scheduler and N workers on this machine, to try a farm without one."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from stfam.core.errors import UsageError
from stfam.plugin.queue.errors import QueueError
from stfam.plugin.queue.threads import thread_variables

START_SECONDS = 60.0
END_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `farm local`."""
    parser.add_argument("workers", type=int, metavar="N")
    parser.add_argument("--port", type=int, default=8786, help="of the scheduler on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--gpus", action="store_true", help="give each worker one GPU, by CUDA_VISIBLE_DEVICES")
    parser.add_argument("--json", action="store_true", help="say the address in JSON")


def answer(options: argparse.Namespace) -> int:
    """Run until interrupted.

    Raises:
        UsageError: fewer than one worker.
        QueueError: the scheduler does not start, because its port is taken for example.
    """
    if options.workers < 1:
        raise UsageError("A farm needs at least one worker.")
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    children: list[subprocess.Popen[bytes]] = []
    try:
        with tempfile.TemporaryDirectory(prefix="stfam-farm-") as folder:
            address = _start_scheduler(children, Path(folder) / "scheduler.json", options.port, stopped)
        for index in range(options.workers):
            children.append(_start_worker(address, index, options.workers, gpus=options.gpus))
        _tell(address, children, as_json=options.json)
        stopped.wait()
    finally:
        _end(children)
    return 0


def _tell(address: str, children: Sequence[subprocess.Popen[bytes]], *, as_json: bool) -> None:
    scheduler, *workers = children
    if as_json:
        pids = [worker.pid for worker in workers]
        print(json.dumps({"scheduler": address, "scheduler_pid": scheduler.pid, "worker_pids": pids}), flush=True)
    else:
        print(f"Scheduler at {address}, {len(workers)} workers. In another terminal:", flush=True)
        print(f"  stfam queue run --scheduler {address}", flush=True)


def _start_scheduler(children: list[subprocess.Popen[bytes]], file: Path, port: int, stopped: threading.Event) -> str:
    arguments = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    scheduler = _start([*arguments, "--scheduler-file", str(file)], {})
    children.append(scheduler)
    deadline = time.monotonic() + START_SECONDS
    while not file.exists() and scheduler.poll() is None and time.monotonic() < deadline and not stopped.is_set():
        time.sleep(0.05)
    if not file.exists():
        raise QueueError(f"The Dask scheduler did not start; is port {port} taken? Choose another with --port.")
    address: str = json.loads(file.read_text("utf-8"))["address"]
    return address


def _start_worker(address: str, index: int, workers: int, *, gpus: bool) -> subprocess.Popen[bytes]:
    arguments = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", f"stfam-{index}"]
    arguments += ["--preload", "stfam.plugin.queue.dask_worker"]
    environment = thread_variables(workers)
    if gpus:
        arguments += ["--resources", "GPU=1"]
        environment["CUDA_VISIBLE_DEVICES"] = str(index)
    return _start(arguments, environment)


def _start(arguments: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "stfam.plugin.queue.farm.child", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Workers first, so that none complains of a lost scheduler."""
    for child in reversed(children):
        child.terminate()
    deadline = time.monotonic() + END_SECONDS
    for child in reversed(children):
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
