"""The queue as `stfam queue` tells it: processes that follow it and print JSON, so that nothing heavy is imported."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QProcess, QTimer

from stfam.ui.queue.model import QueueFrame, QueueJob, QueueModel

PICTURES_MS = 3000
"""Between two looks for new thumbnails of the watched job."""
END_MS = 2000
AGAIN_MS = 3000
"""Before a follower that has ended is started again."""

Take = Callable[[Any], None]
Ended = Callable[[QProcess, str], None]
"""Takes a process that has ended and the sentence that says what went wrong, empty where nothing did."""


class CommandQueueModel(QueueModel):
    """Follows a queue through its command line.

    Args:
        command: that starts `stfam queue`, such as ["stfam", "queue"].
        folder: of the queue; the user's own where it is empty.
    """

    def __init__(self, command: Sequence[str], folder: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = list(command)
        self._folder = ["--queue", folder] if folder else []
        self._told: tuple[QueueFrame, ...] = ()  # the watched job's frames without their pictures
        self._looked: set[QueueFrame] = set()  # those whose picture was asked for, whether there is one or not
        self._pictures: dict[QueueFrame, str] = {}
        self._in_trouble = False
        self._followers: list[QProcess] = []
        self._others: list[QProcess] = []
        self._timer = QTimer(self)
        self._timer.setInterval(PICTURES_MS)
        self._timer.timeout.connect(self._look_for_pictures)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._follow_again)
        self._list: QProcess | None = None
        self._follow_jobs()

    @property
    def followers(self) -> set[int]:
        """The numbers of the processes that follow the queue now."""
        found = (*([self._list] if self._list else []), *self._followers)
        return {process.processId() for process in found if process.processId()}

    def watch(self, number: int | None) -> None:
        """See QueueModel."""
        for process in self._followers:
            self._end(process)
        self._followers, self._told, self.frames = [], (), ()
        self._looked, self._pictures = set(), {}
        self.watched = number
        self.frames_changed.emit()
        self.log_begun.emit()
        self._timer.stop()
        if number is not None:
            self._followers = [
                self._start(["show", str(number), "--follow"], self._take_job, self._lost),
                self._start(["log", str(number), "--follow-on"], self._take_log, self._lost),
            ]
            self._timer.start()

    def ask(self, action: str, number: int) -> None:
        """See QueueModel."""
        self._others.append(self._start([action, str(number)], lambda _: None, self._answered))

    def close(self) -> None:
        """See QueueModel."""
        self._timer.stop()
        self._again.stop()
        for process in (*([self._list] if self._list else []), *self._followers, *self._others):
            self._end(process)
        self._list, self._followers, self._others = None, [], []

    def _follow_jobs(self) -> None:
        self._list = self._start(["list", "--follow"], self._take_jobs, self._lost)

    def _start(self, arguments: list[str], take: Take, ended: Ended) -> QProcess:
        process = QProcess(self)
        process.readyReadStandardOutput.connect(lambda: self._read(process, take))
        process.finished.connect(lambda *_: ended(process, _fault(process)))
        process.errorOccurred.connect(
            lambda error: ended(process, _fault(process)) if error == QProcess.ProcessError.FailedToStart else None
        )
        program, *first = self._command
        process.start(program, [*first, *arguments, *self._folder, "--json"])
        return process

    def _lost(self, process: QProcess, fault: str) -> None:
        """A follower goes on until it is ended: say why it did not, and try again."""
        if process is self._list:
            self._list = None
        elif process in self._followers:
            self._followers.remove(process)
        process.deleteLater()
        self._in_trouble = True
        self.failed.emit(fault or "What follows the queue has ended; it is started again.")
        self._again.start()

    def _follow_again(self) -> None:
        if self._list is None:
            self._follow_jobs()
        if len(self._followers) < 2 and self.job(self.watched) is not None:
            self.watch(self.watched)

    def _read(self, process: QProcess, take: Take) -> None:
        while process.canReadLine():
            line = bytes(process.readLine().data()).decode("utf-8", "replace")
            try:
                take(json.loads(line))
            except ValueError:
                self.failed.emit(f"The queue said something that is no JSON: {line[:80]}")

    def _take_jobs(self, told: Any) -> None:
        if isinstance(told, list):
            if self._in_trouble:
                self._in_trouble = False
                self.failed.emit("")
            self.jobs = tuple(_job(job) for job in told)
            self.jobs_changed.emit()

    def _take_job(self, told: Any) -> None:
        if not isinstance(told, dict) or told.get("number") != self.watched:
            return
        mattes = (frame for frame in told["frames"] if frame["step"] == "matte")
        self._told = tuple(QueueFrame(f["frame"], f["state"], f["seconds"], f["note"]) for f in mattes)
        self._show_frames()

    def _show_frames(self) -> None:
        shown = tuple(replace(frame, picture=self._pictures.get(frame, "")) for frame in self._told)
        if shown != self.frames:
            self.frames = shown
            self.frames_changed.emit()

    def _take_log(self, told: Any) -> None:
        if isinstance(told, dict) and told.get("event") == "log" and told.get("job") == self.watched:
            self.log_grew.emit(told["message"])

    def _look_for_pictures(self) -> None:
        """Thumbnails are made by the command when it is asked for them: once for what a frame is now; one at a time."""
        new = {frame for frame in self._told if frame.state in ("written", "skipped")} - self._looked
        number = self.watched
        if number is None or not new or self._others:
            return
        self._looked |= new
        take = partial(self._take_picture, number)
        self._others.append(self._start(["thumbnails", str(number)], take, self._answered))

    def _take_picture(self, number: int, told: Any) -> None:
        if number == self.watched and isinstance(told, dict) and "path" in told:
            self._pictures.update({frame: told["path"] for frame in self._told if frame.frame == told["frame"]})

    def _answered(self, process: QProcess, fault: str) -> None:
        if fault:
            self.failed.emit(fault)
        if process in self._others:
            self._others.remove(process)
        process.deleteLater()
        self._show_frames()

    def _end(self, process: QProcess) -> None:
        process.blockSignals(True)
        process.terminate()
        if not process.waitForFinished(END_MS):
            process.kill()
            process.waitForFinished(END_MS)
        process.deleteLater()


def _fault(process: QProcess) -> str:
    """The sentence that a process that has ended, or did not start, left behind; empty where all went well."""
    if process.error() == QProcess.ProcessError.FailedToStart:
        return f"The queue cannot be asked: {process.errorString()}."
    said = bytes(process.readAllStandardError().data()).decode("utf-8", "replace").strip()
    if process.exitStatus() == QProcess.ExitStatus.CrashExit:
        return said or "What asked the queue was ended from outside."
    if process.exitCode():
        return said.removeprefix("ERROR: ") or f"The queue answered with exit status {process.exitCode()}."
    return ""


def _job(told: dict[str, Any]) -> QueueJob:
    return QueueJob(
        told["number"], told["name"], told["state"], told["priority"], told["done"], told["frames"], told["seconds"],
        told["error"] or "",
    )  # fmt: skip
