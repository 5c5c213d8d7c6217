"""Job files that others wrote: everything they name lies beside them (standard library only)."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from stfam.core.shot import Shot, is_absolute
from stfam.plugin.queue.errors import JobFileError
from stfam.plugin.queue.shot_paths import shot_paths


def refuse_paths_outside(shot: Shot, job_file: Path) -> None:
    """Raises JobFileError where a path of `shot` is absolute or leaves the folder of `job_file`, through links too."""
    folder = job_file.parent.resolve()
    for name, path in shot_paths(shot):
        if is_absolute(path) or path.startswith("~"):
            raise JobFileError(f"{job_file}: {name} {path!r} is absolute; in a job file paths are relative to it.")
        escapes = ".." in PurePosixPath(path).parts or ".." in PureWindowsPath(path).parts
        if escapes or not (folder / path).resolve().is_relative_to(folder):
            raise JobFileError(f"{job_file}: {name} {path!r} leads out of the job file's folder.")
