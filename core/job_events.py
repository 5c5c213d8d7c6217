"""What a running job tells its caller: typed events, each with a JSON form of its own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeAlias


@dataclass(frozen=True)
class JobStarted:
    """Before the first frame."""

    name: ClassVar[str] = "started"
    step: str
    requested: int
    """Frames asked for."""
    skipped: tuple[int, ...]
    """Frames whose files are finished and still hold."""
    device: str | None
    """None when there is nothing to compute."""


@dataclass(frozen=True)
class FrameDone:
    """A frame's files are written."""

    name: ClassVar[str] = "frame"
    frame: int
    index: int
    """1 for the first frame of those to compute."""
    total: int
    seconds: float
    paths: tuple[str, ...]


@dataclass(frozen=True)
class FrameFailed:
    """A frame could not be made; the job goes on."""

    name: ClassVar[str] = "failed"
    frame: int
    message: str
    kind: str
    """Name of the error's class."""


@dataclass(frozen=True)
class Notice:
    """Something a person should know: a fallback, a warning about the plate, an estimate."""

    name: ClassVar[str] = "notice"
    kind: str
    """memory, estimate, plate or foreground."""
    message: str


@dataclass(frozen=True)
class JobFinished:
    """After the last frame."""

    name: ClassVar[str] = "finished"
    rendered: int
    skipped: int
    failed: int
    seconds: float


Event: TypeAlias = JobStarted | FrameDone | FrameFailed | Notice | JobFinished


def event_json(event: Event) -> dict[str, Any]:
    """The event as a JSON object, its name under `event`."""
    return {"event": event.name, **asdict(event)}
