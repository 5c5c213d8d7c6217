"""Scripting hooks: a shot from any Python 3.10, without a host and without torch (standard library only).

    from stfam.plugin import hooks

    with hooks.open_shot("plates/sh010.####.exr", matte="mattes/sh010.####.exr") as shot:
        shot.add_key(1042, "roto/sh010.1042.exr", inner=8, outer=12)
        shot.matte(on_frame=lambda frame, stage: print(frame, stage)).wait()
        print(shot.results())

The work is done by a worker process in the environment that holds torch. Nothing happens behind the caller's back:
callbacks are called on the thread that waits for a job or calls `pump`, so that they may touch the host. A host without
a thread to spare calls `pump()` from its timer.

This interface is stable: names and meanings stay within a major version.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stfam.core.cache import plate_cache
from stfam.core.errors import InputError
from stfam.core.export_path import versioned_pattern
from stfam.core.plate_pattern import is_shot
from stfam.core.shot import Output, Settings, Shot
from stfam.core.worker.environment import worker_command
from stfam.plugin.open_shot import OpenShot, Plate
from stfam.plugin.shot_job import Job, JobResult

__all__ = ["Job", "JobResult", "OpenShot", "Plate", "open_shot"]


def open_shot(
    source: str | Path | Shot,
    *,
    matte: str | None = None,
    settings: Settings | None = None,
    environment: str = "",
    cache: str = "",
) -> OpenShot:
    """Open a plate, a `.stfam` file or a Shot in a worker of its own.

    Args:
        source: the pattern of a sequence, a movie, a `.stfam` file, or a Shot.
        matte: pattern of the mattes; a new version beside the plate's folder where neither this nor the shot names one.
        settings: instead of those of the shot.
        environment: folder of the environment that holds torch; found as the panel finds it where it is empty.
        cache: folder; the plate's own where it is empty.

    Raises:
        WorkerNotFoundError, WorkerVersionError: no environment, or one of another version.
        InputError: `environment` holds no worker; the `.stfam` file is missing or damaged.
        WorkerError: the plate or a key's trimap is missing or unreadable.
        WorkerGone: the worker ended while it opened the plate.
    """
    shot = _shot(source, matte)
    if settings is not None:
        shot = replace(shot, settings=settings)
    return OpenShot(shot, worker_of(environment), cache or str(plate_cache(shot.plate)))


def worker_of(environment: str) -> list[str]:
    """The command that starts the worker of an environment's folder or program; of the one that is found where empty.

    Raises:
        InputError: the environment holds no worker. WorkerNotFoundError: none is found.
    """
    command = worker_command(environment)
    program = Path(command[0])
    if environment and Path(environment) not in (program, program.parent.parent):
        raise InputError(
            f"{environment} holds no stfam. Name the folder of an environment that does, or none to have it found.",
            environment=environment,
        )
    return command


def _shot(source: str | Path | Shot, matte: str | None) -> Shot:
    shot = source
    if not isinstance(shot, Shot):
        text = str(source)
        if is_shot(text):
            shot = Shot.load(text)
        else:
            plate = str(Path(text).absolute())
            shot = Shot(plate, Output(matte or versioned_pattern(None, plate)))
    if matte:
        shot = replace(shot, output=replace(shot.output, matte=matte))
    return shot
