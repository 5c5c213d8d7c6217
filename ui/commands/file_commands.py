"""Open, save, export, queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from stfam.core.cache import session_folder
from stfam.core.errors import StfamError
from stfam.core.export_path import next_version, versioned_pattern
from stfam.core.plate_pattern import is_shot, plate_pattern
from stfam.ui.model.shot_file import save_shot
from stfam.ui.workplace import Workplace

QueueSender = Callable[[Path], str]
"""Takes the path of a saved shot to the batch queue; returns a sentence that says so. Raises StfamError."""


class FileCommands:
    """The File menu."""

    def __init__(self, panel: QWidget, workplace: Workplace, queue: QueueSender | None) -> None:
        self._panel, self._workplace, self._queue = panel, workplace, queue
        workplace.jobs.finished.connect(self._report)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        return {
            "open_plate": self.ask_plate,
            "open_shot": self.ask_shot,
            "save": self.save,
            "save_as": self.ask_save,
            "export": self.export,
            "queue": self.send_to_queue,
            "discard_recovered": self._workplace.opener.discard_recovered,
        }

    def open_path(self, path: str) -> None:
        """Open a plate or shot that was dropped, named or chosen."""
        file = Path(path)
        if is_shot(file):
            self._workplace.opener.open_shot(file)
        else:
            self._workplace.opener.open_plate(plate_pattern(file))

    def ask_plate(self) -> None:
        """Choose a plate."""
        kinds = "Plates (*.exr *.dpx *.png *.jpg *.jpeg *.tif *.tiff *.mov *.mp4 *.mxf *.mkv);;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self._panel, "Open Plate", self._folder(), kinds)
        if path:
            self.open_path(path)

    def ask_shot(self) -> None:
        """Choose a shot."""
        path, _ = QFileDialog.getOpenFileName(self._panel, "Open Shot", self._folder(), "Shots (*.stfam)")
        if path:
            self.open_path(path)

    def ask_save(self) -> None:
        """Choose where to save."""
        path, _ = QFileDialog.getSaveFileName(self._panel, "Save Shot", self._folder(), "Shots (*.stfam)")
        if path:
            self.save_to(Path(path).with_suffix(".stfam"))

    def save(self) -> bool:
        """Save where the shot lives, or ask; True where it was saved."""
        if self._workplace.document.path is None:
            self.ask_save()
            return self._workplace.document.undo.isClean()
        return self.save_to(self._workplace.document.path)

    def save_to(self, path: Path) -> bool:
        """Save the shot at `path`; True where it was saved."""
        work = self._workplace
        moves = path != work.document.path or work.document.read_only
        if work.document.plate is None or (moves and not work.opener.move_lock(session_folder(str(path)))):
            work.messages.warn(f"{path.name} is open in another panel. Save under another name.")
            return False
        if not work.document.value("output.matte"):
            work.document.assign("output.matte", versioned_pattern(path, work.document.plate.spec))
        work.autosave.flush()
        try:
            save_shot(work.document, path, work.autosave.key_paths())
        except StfamError as error:
            work.messages.warn(str(error))
            return False
        self._saved(path, moves)
        return True

    def _saved(self, path: Path, moves: bool) -> None:
        work = self._workplace
        work.autosave.discard()
        work.document.read_only = False
        work.document.undo.setClean()
        if moves:
            work.document.rename(path)
            work.autosave.start(session_folder(str(path)))
        work.recent.add(str(path))
        work.messages.say(f"Saved {path.name}.")

    def export(self) -> None:
        """Write in to out under a version that is not there yet."""
        work = self._workplace
        plate = work.document.plate
        if plate is None:
            return
        chosen = work.document.value("output.matte") or versioned_pattern(work.document.path, plate.spec)
        fresh = next_version(chosen)
        if fresh != work.document.value("output.matte"):
            work.document.assign("output.matte", fresh)
        for name in ("output.foreground", "output.trimaps"):
            other = work.document.value(name)
            if other and next_version(other) != other:
                work.document.assign(name, next_version(other))
        work.jobs.start("export", work.document.range_frames)

    def send_to_queue(self) -> None:
        """Save the shot and hand it to the batch queue."""
        if self._queue is None or not self.save() or self._workplace.document.path is None:
            return
        try:
            self._workplace.messages.say(self._queue(self._workplace.document.path))
        except StfamError as error:
            self._workplace.messages.warn(str(error))

    def _report(self, kind: str, result: dict[str, object]) -> None:
        if kind == "export":
            self._workplace.messages.say(f"Exported {result['written']} frames to {result['matte']}.")

    def _folder(self) -> str:
        recent = self._workplace.recent.paths
        return str(Path(recent[0]).parent) if recent else ""
