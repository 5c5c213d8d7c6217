"""What a person decided about a job, kept beside its file: what `repair` goes by when the database is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass

from stfam.core.strict_json import json_object
from stfam.core.whole_file import write_whole
from stfam.plugin.queue.errors import JobFileError, queue_files
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
        write_whole(path, json.dumps({"state": standing.state.value, "priority": standing.priority}))


def kept_standing(folder: QueueFolder, number: int) -> Standing | None:
    """What was written down last; None where nobody changed anything.

    Raises:
        JobFileError: it is there and cannot be read, or says something else.
    """
    path = folder.standing_file(number)
    if not path.exists():
        return None
    try:
        data = json_object(path.read_bytes())
        return Standing(State(data.get("state")), int(data.get("priority", "")))
    except (OSError, OverflowError, TypeError, ValueError) as error:
        raise JobFileError(
            f"The file {path} cannot be read as the state and the priority that the job had. Delete it to have the job "
            "waiting as it was added."
        ) from error
