"""`stfam panel`: the panel in a window, with the worker of this environment and the batch queue where it is there."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from stfam.core.child_command import child_command
from stfam.ui.app import main as show_panel
from stfam.ui.commands.file_commands import QueueSender


def main(argv: list[str]) -> int:
    """Show the panel; returns the exit status."""
    return show_panel(argv, command=worker_command, queue=queue_sender(), queue_command=queue_command)


def worker_command() -> list[str]:
    """The worker of the environment that the panel runs in."""
    return child_command("stfam.plugin.cli", "worker")


def queue_command() -> list[str]:
    """The queue of the environment that the panel runs in."""
    return child_command("stfam.plugin.cli", "queue")


def queue_sender() -> QueueSender | None:
    """What hands a saved shot to the user's queue; None where the queue's packages are not installed."""
    try:
        from stfam.plugin.queue.folder import QueueFolder
        from stfam.plugin.queue.store import Store
        from stfam.plugin.queue.submission import job_from_shot, submit
    except ImportError:
        return None
    from stfam.core.shot import Shot

    def send(path: Path) -> str:
        with closing(Store(QueueFolder.find())) as store:
            added = submit(store, job_from_shot(Shot.load(path), path.stem, None))
        return f'Queued "{path.stem}" as job {added.number}. Start the queue with `stfam queue run`.'

    return send
