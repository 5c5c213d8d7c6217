"""A piece of work at the worker, as a script holds it (standard library only)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stfam.core.errors import Cancelled, FramesFailedError
from stfam.core.worker.client import WorkerError
from stfam.core.worker.protocol import Event

OnFrame = Callable[[int, str], None]
"""Called with the frame's number and its stage: trimap, matte or file."""

OnDone = Callable[["Job"], None]
"""Called once, when the job has ended in any way."""


@dataclass(frozen=True)
class JobResult:
    """How a job ended: frames done, and the sentence of each frame that failed."""

    done: int
    failed: dict[int, str]


class Job:
    """Runs at the worker; its state changes, and its callbacks are called, while its shot is pumped.

    Attributes:
        kind: propagate, preview or matte, by the method that began it.
        fraction: how far it is, 0 to 1.
        seconds_left: what the rest will take; None until it is known.
        failed: the sentence of each frame that failed so far.
    """

    def __init__(
        self, kind: str, pump: Callable[[float], object], stop: Callable[[], None], on_frame: OnFrame, on_done: OnDone
    ) -> None:
        self.kind = kind
        self.fraction = 0.0
        self.seconds_left: float | None = None
        self.failed: dict[int, str] = {}
        self._pump, self._stop, self._on_frame, self._on_done = pump, stop, on_frame, on_done
        self._answer: dict[str, Any] | None = None
        self._error: BaseException | None = None

    @property
    def ended(self) -> bool:
        """Whether it is over, in whatever way."""
        return self._answer is not None or self._error is not None

    @property
    def error(self) -> BaseException | None:
        """What ended it before its end: Cancelled, WorkerGone or WorkerError; None for none."""
        return self._error

    def cancel(self) -> None:
        """Ask for its end, which comes within one frame; finished frames stay."""
        if not self.ended:
            self._stop()

    def wait(self, timeout: float | None = None) -> JobResult:
        """Pump until the job has ended.

        Args:
            timeout: seconds; None waits as long as it takes.

        Raises:
            TimeoutError: it goes on still.
            Cancelled, WorkerGone, WorkerError: it ended before its end.
            FramesFailedError: it came to its end, and frames failed; its data holds their sentences.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not self.ended:
            left = 0.2 if end is None else min(0.2, end - time.monotonic())
            if left <= 0:
                raise TimeoutError(f"The job ({self.kind}) has not ended within {timeout} s.")
            self._pump(left)
        return self.result()

    def result(self) -> JobResult:
        """How it ended.

        Raises:
            As `wait`; RuntimeError while the job runs.
        """
        if self._error is not None:
            raise self._error
        if self._answer is None:
            raise RuntimeError("The job has not ended; wait for it.")
        if self.failed:
            frame, sentence = next(iter(self.failed.items()))
            raise FramesFailedError(f"{len(self.failed)} frames failed; {frame}: {sentence}", failed=self.failed)
        return JobResult(int(self._answer.get("done", self._answer.get("written", 0))), {})

    def hear(self, event: Event) -> None:
        """Take an event of this job."""
        data = event.data
        if event.event == "progress":
            self.fraction = data["done"] / data["total"] if data["total"] else 1.0
            self.seconds_left = data["seconds_left"]
        elif event.event == "frame_failed":
            self.failed[data["frame"]] = data["message"]
        elif event.event == "frame_done":
            self._on_frame(data["frame"], data["stage"])

    def end(self, answer: dict[str, Any] | None, error: BaseException | None) -> None:
        """Take the job's end."""
        if isinstance(error, WorkerError) and error.failure.kind == "Cancelled":
            error = Cancelled("The job was cancelled; finished frames stay.")
        self._answer, self._error = answer, error
        if error is None:
            self.fraction = 1.0
        self._on_done(self)
