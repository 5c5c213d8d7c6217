"""Whether a host would reach the worker from where it is."""

from __future__ import annotations

from stfam.core.worker.client import WorkerClient
from stfam.core.worker.environment import check_version, worker_command

SECONDS = 60


def reach_worker() -> str:
    """Start a worker as a host finds it and let it say its version; returns its program.

    Raises:
        WorkerNotFoundError, WorkerVersionError, WorkerGone: it cannot be reached; the sentence holds what mends it.
    """
    command = worker_command()
    client = WorkerClient(command)
    try:
        check_version(command, str(client.hello("hosts", SECONDS).get("version")))
    finally:
        client.close()
    return command[0]
