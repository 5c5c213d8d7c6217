"""Write the mattes, and say what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stfam.core.errors import StfamError
from stfam.core.export_path import next_version
from stfam.ui.commands.ready import ready_to_solve
from stfam.ui.model.export_path import suggested_pattern
from stfam.ui.workplace import Workplace


class ExportCommands:
    """Export in the File menu."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        workplace.jobs.finished.connect(self._report)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        return {"export": self.export}

    def export(self) -> None:
        """Write in to out under a version that is not there yet."""
        work = self._workplace
        frames = work.document.range_frames
        if not ready_to_solve(work, frames):
            return
        try:
            self._take_versions()
        except StfamError as error:
            work.messages.warn(str(error))
        else:
            work.jobs.start("export", frames)

    def _take_versions(self) -> None:
        document = self._workplace.document
        self._take_version("output.matte", suggested_pattern(document, "matte"))
        for name in ("output.foreground", "output.trimaps"):
            if document.value(name):
                self._take_version(name, document.value(name))

    def _take_version(self, name: str, pattern: str) -> None:
        """Make the first version of a pattern that is not there the parameter."""
        fresh = next_version(pattern)
        if fresh != self._workplace.document.value(name):
            self._workplace.document.assign(name, fresh)

    def _report(self, kind: str, result: dict[str, Any]) -> None:
        if kind != "export":
            return
        written, failed = result["written"], result["failed"]
        if failed:
            text = f"Exported {written} of {written + failed} frames to {result['matte']}. {result['reason']}"
            self._workplace.messages.warn(text)
        else:
            self._workplace.messages.say(f"Exported {counted(written)} to {result['matte']}.")


def counted(frames: int) -> str:
    """A number of frames in words."""
    return "1 frame" if frames == 1 else f"{frames} frames"
