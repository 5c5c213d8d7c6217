"""What `stfam --json` says of frames, and the lines a wrangler reads of it (standard library only)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stfam.core.strict_json import json_object


@dataclass(frozen=True)
class FrameEvent:
    """What became of a frame: `state` is written, skipped (found finished), checked or failed."""

    frame: int
    state: str
    seconds: float = 0.0
    path: str = ""
    note: str = ""


def decode_event(line: str) -> dict[str, Any] | None:
    """The event in a line of output; None for a line that is none."""
    if not line.startswith("{"):
        return None
    try:
        data = json_object(line)
    except ValueError:
        return None
    return data if isinstance(data.get("event"), str) else None


def decode_frame_events(line: str) -> list[FrameEvent]:
    """The frames that a line of output tells of; none for a line of another kind."""
    data = decode_event(line)
    return frame_events(data) if data is not None else []


def frame_events(data: dict[str, Any]) -> list[FrameEvent]:
    """The frames that an event of `stfam.core.job_events` (or of `stfam check`) tells of; none where it is damaged."""
    kind = data["event"]
    try:
        if kind == "started":
            return [FrameEvent(int(frame), "skipped") for frame in data.get("skipped", ())]
        if kind == "failed":
            return [FrameEvent(int(data["frame"]), "failed", note=str(data.get("message", "")))]
        if kind not in ("frame", "checked"):
            return []
        paths = data.get("paths") or [""]
        state = "written" if kind == "frame" else "checked"
        return [FrameEvent(int(data["frame"]), state, float(data.get("seconds", 0.0)), str(paths[0]))]
    except (KeyError, OverflowError, TypeError, ValueError):
        return []


def frame_line(event: FrameEvent, done: int, total: int) -> str:
    """`Frame 1005 (5/20) 1.2s -> path`, as farm managers' log parsers expect; failures start with ERROR."""
    if event.state == "failed":
        return f"ERROR: Frame {event.frame} failed: {event.note or 'no reason given'}"
    if event.state == "skipped":
        return f"Frame {event.frame} ({done}/{total}) skipped: it is finished"
    return f"Frame {event.frame} ({done}/{total}) {event.seconds:.1f}s -> {event.path}"
