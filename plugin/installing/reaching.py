"""Whether a host would reach the worker, and that it will."""

from __future__ import annotations

from pathlib import Path

from stfam.core.worker.client import WorkerClient
from stfam.core.worker.environment import check_version, record_worker, worker_command

SECONDS = 60


def reach_worker() -> str:
    """Start a worker, let it say its version, and record it for the hosts; returns its program.

    Raises:
        WorkerNotFoundError, WorkerVersionError, WorkerGone: it cannot be reached; the sentence holds what mends it.
    """
    command = worker_command()
    client = WorkerClient(command)
    try:
        check_version(command, str(client.hello("hosts", SECONDS).get("version")))
    finally:
        client.close()
    record_worker(Path(command[0]).absolute())
    return command[0]
