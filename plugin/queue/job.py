"""The job: a shot with what the queue needs to know of it; frozen, versioned JSON (standard library only)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stfam.core.errors import InputError, StfamError
from stfam.core.json_fields import FieldError, from_json
from stfam.core.shot import Shot
from stfam.core.strict_json import json_object
from stfam.plugin.queue.environment import checked_environment
from stfam.plugin.queue.errors import JobFileError
from stfam.plugin.queue.frame_bounds import checked_frames
from stfam.plugin.queue.job_name import checked_name
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.portable import refuse_paths_outside

VERSION = 1
SIZE_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest job file that is read."""
NUMBER_LIMIT = 2**63
"""Above every number that a queue gives."""
STEPS = (Step.PROPAGATE, Step.MATTE, Step.CHECK)


@dataclass(frozen=True)
class Job:
    """A shot to be rendered unattended.

    Attributes:
        name: what the artist calls it: one line without path separators.
        shot: in the queue its paths are absolute; in a job file they are relative to the file and stay beside it.
        frames: the frames to render, as in `--frames`; at most `frame_bounds.FRAME_LIMIT`.
        steps: of propagate, matte and check, those that are done.
        priority: 0 to 100; higher goes first, and among equals the older.
        depends: numbers of the jobs that must be done before.
        retries: how often a task that failed is tried again.
        chunk: frames of a matte task; 0 lets the cost model choose.
        continue_on_error: render on past frames that fail, and report them.
        environment: variables for the render processes.
        notes: for people.
    """

    name: str
    shot: Shot
    frames: str
    steps: tuple[Step, ...] = STEPS
    priority: int = 50
    depends: tuple[int, ...] = ()
    retries: int = 2
    chunk: int = 0
    continue_on_error: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""

    def __post_init__(self) -> None:
        """Raises JobFileError where a value is outside what the attributes promise."""
        checked_name(self.name)
        _require(0 <= self.priority <= 100, "priority", self.priority, "0 to 100")
        _require(0 <= self.retries <= 100, "retries", self.retries, "0 to 100")
        _require(self.chunk >= 0, "chunk", self.chunk, "0 (chosen by the cost model) or more frames")
        _require(len(self.steps) > 0, "steps", "[]", "at least one of propagate, matte and check")
        _require(all(0 < number < NUMBER_LIMIT for number in self.depends), "depends", self.depends, "numbers of jobs")
        for name, value in self.to_json().items():
            _require(all(map(_is_text, _texts(value))), name, "other bytes", "Unicode text without null characters")
        checked_frames(self.frames)
        checked_environment(self.environment)

    def to_json(self) -> dict[str, Any]:
        """The JSON object that `from_json` reads back to an equal job."""
        data = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        changed = {
            "shot": json.loads(self.shot.to_json()),
            "steps": [step.value for step in self.steps],
            "depends": list(self.depends),
            "environment": dict(self.environment),
        }
        return {"stfam_job": VERSION, **data, **changed}

    @classmethod
    def from_json(cls, data: object) -> Job:
        """The job of a JSON object.

        Raises:
            JobFileError: another version, an unknown or mistyped field, or a value out of bounds.
        """
        if not isinstance(data, Mapping) or data.get("stfam_job") != VERSION:
            came = data.get("stfam_job") if isinstance(data, Mapping) else type(data).__name__
            raise JobFileError(f'A job is a JSON object with "stfam_job": {VERSION}; this has {came!r}.')
        try:
            wire = from_json(_Wire, {key: value for key, value in data.items() if key != "stfam_job"}, "job")
            steps = _steps(wire.steps)
            values = {f.name: getattr(wire, f.name) for f in dataclasses.fields(wire)}
            return cls(**{**values, "steps": steps, "shot": Shot.from_json(json.dumps(wire.shot))})
        except JobFileError:
            raise
        except (FieldError, ValueError, StfamError) as error:
            raise JobFileError(f"This is no job that can be queued: {error}") from error

    @classmethod
    def load(cls, path: Path) -> Job:
        """The job in the file `path`, whose shot's paths are made absolute beside it.

        Raises:
            InputError: it cannot be read.
            JobFileError: it is too large, is no job, or names a path outside its own folder.
        """
        job = cls.read(path, SIZE_LIMIT)
        refuse_paths_outside(job.shot, path)
        return dataclasses.replace(job, shot=job.shot.anchored(path.parent.absolute()))

    @classmethod
    def read(cls, path: Path, largest: int | None = None) -> Job:
        """The job in the file `path` as it stands there; of at most `largest` bytes, where somebody else wrote it.

        Raises:
            InputError: it cannot be read.
            JobFileError: it is too large, or is no job.
        """
        try:
            with open(path, "rb") as stream:
                data = stream.read(-1 if largest is None else largest + 1)
        except OSError as error:
            raise InputError(f"The job file {path} cannot be read: {error.strerror or error}.") from error
        if largest is not None and len(data) > largest:
            raise JobFileError(f"The job file {path} is larger than {largest} bytes; no job needs that.")
        try:
            return cls.from_json(json_object(data))
        except ValueError as error:
            raise JobFileError(
                f"The job file {path} is no JSON of a job: {error}. Copy it again, or correct it."
            ) from error


@dataclass(frozen=True)
class _Wire:
    """A job's fields as JSON has them."""

    name: str
    shot: dict[str, Any]
    frames: str
    steps: tuple[str, ...] = tuple(step.value for step in STEPS)
    priority: int = 50
    depends: tuple[int, ...] = ()
    retries: int = 2
    chunk: int = 0
    continue_on_error: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    notes: str = ""


def _texts(value: object) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _steps(names: Sequence[str]) -> tuple[Step, ...]:
    known = [step.value for step in Step]
    unknown = ", ".join(repr(name) for name in names if name not in known)
    if unknown:
        raise JobFileError(f"There is no step {unknown}; there are {', '.join(known)}.")
    return tuple(Step(name) for name in names)


def _require(holds: bool, name: str, came: object, expected: str) -> None:
    if not holds:
        raise JobFileError(f"A job's {name} must be {expected}, not {came}.")
