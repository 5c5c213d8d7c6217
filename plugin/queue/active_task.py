"""A task while this runner has it: what it said so far and what of that is not yet in the store."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from stfam.plugin.queue.assignment import Ending, Outcome
from stfam.plugin.queue.commands import leaves_rest_to_check
from stfam.plugin.queue.frame_events import FrameEvent, decode_event, frame_events
from stfam.plugin.queue.views import TaskView

_SIGNALS = {
    -9: "a kill; where the system's log says that memory ran out, use fewer --workers or a smaller --tile or --proxy",
    -15: "a request to terminate that came from outside the queue",
    -11: "a crash in native code",
    -6: "an abort in native code",
}


@dataclass
class ActiveTask:
    """One task between its claim and its end."""

    view: TaskView
    continue_on_error: bool = False
    stopping: bool = False
    unsaved: list[FrameEvent] = field(default_factory=list)
    handled: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    error: str | None = None
    _started: float = field(default_factory=time.monotonic)

    def hear(self, line: str) -> tuple[list[FrameEvent], str | None]:
        """Take in a line of output; returns the frames that it tells of, or its text if it is another kind of line."""
        data = decode_event(line)
        if data is None:
            return [], line
        events = frame_events(data)
        if not events:
            said = str(data["message"]) if data.get("message") else None
            if data["event"] != "error":
                return [], said
            self.error = said  # which the log says too, after ERROR:
            return [], None
        for event in events:
            self.handled += 1
            if event.state == "failed":
                self.failed[event.frame] = event.note
        self.unsaved += events
        return events, None

    def hear_log(self, text: str) -> None:
        """Take in a line of the log; the last error's sentence stands for why the task failed."""
        if text.startswith("ERROR:"):
            self.error = text.removeprefix("ERROR:").strip()

    def ending(self, status: int) -> Ending:
        """How the task ended, by the exit status of its command.

        With `continue_on_error` a step that left failed frames out is done, and keeps why; the check has the verdict.
        """
        seconds = time.monotonic() - self._started
        if status == 0:
            return Ending(Outcome.DONE, 0, None, seconds)
        if self.stopping:
            return Ending(Outcome.STOPPED, status, None, seconds)
        go_on, failed = self.continue_on_error, len(self.failed) > 0
        done = leaves_rest_to_check(self.view.step, status, continue_on_error=go_on, frames_failed=failed)
        return Ending(Outcome.DONE if done else Outcome.FAILED, status, self._reason(status), seconds)

    def _reason(self, status: int) -> str:
        if self.failed:
            frame, note = next(iter(self.failed.items()))
            more = f" (and {len(self.failed) - 1} more frames)" if len(self.failed) > 1 else ""
            return f"frame {frame}: {note}{more}"
        if status < 0:
            return f"the render process was ended by {_SIGNALS.get(status, f'signal {-status}')}"
        return self.error or f"exit status {status}"
