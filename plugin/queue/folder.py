"""Where a queue keeps its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from stfam.core.user_folders import user_data_folder
from stfam.plugin.queue.errors import queue_files


@dataclass(frozen=True)
class QueueFolder:
    """The layout of a queue on disk; everything in it belongs to the queue."""

    root: Path

    @classmethod
    def find(cls, setting: str | None = None) -> QueueFolder:
        """The folder `setting`, else `$STFAM_QUEUE`, else `queue` in the user's data folder; made where missing.

        Raises:
            QueueAccessError: it cannot be made.
        """
        chosen = setting or os.environ.get("STFAM_QUEUE", "")
        folder = cls(Path(chosen).absolute() if chosen else user_data_folder() / "queue")
        with queue_files(folder.root):
            for path in (folder.jobs, folder.locks):
                path.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def database(self) -> Path:
        return self.root / "queue.sqlite"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    def numbers(self) -> list[int]:
        """The jobs that have a folder here.

        Raises:
            QueueAccessError: it may not be looked into.
        """
        with queue_files(self.jobs):
            return sorted(int(path.name) for path in self.jobs.iterdir() if path.name.isdecimal())

    def job(self, number: int) -> Path:
        """The folder of one job; the shot as its tasks' commands read it lies there too."""
        return self.jobs / str(number)

    def job_file(self, number: int) -> Path:
        """The job as JSON: what the queue is rebuilt from should its database be lost."""
        return self.job(number) / "job.json"

    def standing_file(self, number: int) -> Path:
        """The state and the priority that a person has given the job, should the database be lost."""
        return self.job(number) / "standing.json"

    def log(self, number: int) -> Path:
        """What the job's tasks said."""
        return self.job(number) / "log.txt"

    def journal(self, number: int, task: int) -> Path:
        """What the process that renders a task says of its frames."""
        return self.job(number) / f"task-{task}.ndjson"

    def trimaps(self, number: int) -> Path:
        """Where trimaps go that the shot keeps nowhere itself."""
        return self.job(number) / "trimaps"

    def runner_lock(self, runner: str) -> Path:
        """Held by a runner for as long as it lives."""
        return self.locks / f"runner-{runner}.lock"

    def task_lock(self, task: int) -> Path:
        """Held by the process that renders a task for as long as it renders."""
        return self.locks / f"task-{task}.lock"
