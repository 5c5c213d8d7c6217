"""What a person decided about a job, kept beside its file: what `repair` goes by when the database is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass

from stfam.plugin.queue.atomic import write_atomically
from stfam.plugin.queue.errors import queue_files
from stfam.plugin.queue.folder import QueueFolder
from stfam.plugin.queue.states import State


@dataclass(frozen=True)
class Standing:
    """A job's state and priority when a person last changed one of them."""

    state: State
    priority: int


def keep_standing(folder: QueueFolder, number: int, standing: Standing) -> None:
    """Write it down.

    Raises:
        QueueFullError, QueueAccessError: it cannot be.
    """
    path = folder.standing_file(number)
    with queue_files(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"state": standing.state.value, "priority": standing.priority}))


def kept_standing(folder: QueueFolder, number: int) -> Standing | None:
    """What was written down last; None where nobody changed anything.

    Raises:
        OSError, ValueError: it is there and cannot be read.
    """
    path = folder.standing_file(number)
    if not path.exists():
        return None
    data = json.loads(path.read_text("utf-8"))
    return Standing(State(data["state"]), int(data["priority"]))
