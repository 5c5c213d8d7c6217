"""Open, save, queue."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from stfam.core.cache import session_folder
from stfam.core.errors import StfamError
from stfam.core.export_path import versioned_pattern
from stfam.core.plate_pattern import MOVIES, is_shot, plate_pattern
from stfam.ui.leave_dialog import Leaving, ask_to_leave
from stfam.ui.model.lock import ShotLock
from stfam.ui.model.shot_file import save_shot, shot_file
from stfam.ui.workplace import Workplace

QueueSender = Callable[[Path], str]
"""Takes the path of a saved shot to the batch queue; returns a sentence that says so. Raises StfamError."""


class FileCommands:
    """The File menu."""

    def __init__(self, panel: QWidget, workplace: Workplace, queue: QueueSender | None) -> None:
        self._panel, self._workplace, self._queue = panel, workplace, queue

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        return {
            "open_plate": self.ask_plate,
            "open_shot": self.ask_shot,
            "save": self.save,
            "save_as": self.ask_save,
            "queue": self.send_to_queue,
            "discard_recovered": self.discard_restored,
        }

    def leave(self, verb: str) -> Leaving:
        """Ask once where there is unsaved work or a job is running; SAVE means that nothing is unsaved now."""
        work = self._workplace
        unsaved = (work.hand.waits or not work.document.undo.isClean()) and not work.document.read_only
        if not unsaved and not work.jobs.running:
            return Leaving.SAVE
        answer = ask_to_leave(self._panel, verb, unsaved=unsaved, busy=work.jobs.running)
        if answer is Leaving.SAVE and not self.save():
            return Leaving.STAY
        return answer

    def open_path(self, path: str) -> None:
        """Open a plate or shot that was dropped, named or chosen, after asking about unsaved work."""
        leaving, file = self.leave("Open"), Path(path)
        discard = leaving is Leaving.DISCARD
        if leaving is Leaving.STAY:
            return
        if is_shot(file):
            self._workplace.opener.open_shot(file, discard)
            return
        try:
            pattern = plate_pattern(file)
        except OSError as error:
            self._workplace.messages.warn(f"{file} cannot be read: {error.strerror or error}.")
        else:
            self._workplace.opener.open_plate(pattern, discard)

    def ask_plate(self) -> None:
        """Choose a plate."""
        movies = " ".join(f"*{suffix}" for suffix in sorted(MOVIES))
        kinds = f"Plates (*.exr *.dpx *.png *.jpg *.jpeg *.tif *.tiff {movies});;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self._panel, "Open Plate", self._folder(), kinds)
        if path:
            self.open_path(path)

    def ask_shot(self) -> None:
        """Choose a shot."""
        path, _ = QFileDialog.getOpenFileName(self._panel, "Open Shot", self._folder(), "Shots (*.stfam)")
        if path:
            self.open_path(path)

    def ask_save(self) -> bool:
        """Choose where to save; True where it was saved."""
        path, _ = QFileDialog.getSaveFileName(self._panel, "Save Shot", self._folder(), "Shots (*.stfam)")
        if not path:
            return False
        named = Path(path) if is_shot(path) else Path(f"{path}.stfam")
        if str(named) != path and os.path.exists(named):  # the dialog asked about what was typed, not about this
            buttons = QMessageBox.StandardButton
            text = f"{named.name} is there already. Replace it?"
            if QMessageBox.question(self._panel, "stfam", text, buttons.Yes | buttons.No, buttons.No) != buttons.Yes:
                return False
        return self.save_to(named)

    def save(self) -> bool:
        """Save where the shot lives, or ask; True where it was saved."""
        path = self._workplace.document.path
        return self.ask_save() if path is None else self.save_to(path)

    def save_to(self, path: Path) -> bool:
        """Save the shot at `path`; True where it was saved. The shot of another panel is not written over."""
        work, path = self._workplace, shot_file(path)
        session = session_folder(str(path))
        if work.opener.is_open(session):
            return self._write(path)
        lock = ShotLock()
        try:
            taken = lock.take(session)
        except OSError as error:
            work.messages.warn(f"{path} was not saved: {error}. Free some space; nothing is lost.")
            return False
        if not taken:
            work.messages.warn(f"{path.name} is open in another panel. Save under another name.")
        elif self._write(path):
            work.opener.adopt(lock)
            work.autosave.start(session)
            return True
        lock.give_up()
        return False

    def discard_restored(self) -> None:
        """Go back to the shot as it was saved, after asking."""
        buttons = QMessageBox.StandardButton
        text = "Go back to the shot as it was saved? The restored paint is lost then; this cannot be undone."
        offered = buttons.Discard | buttons.Cancel
        if QMessageBox.question(self._panel, "stfam", text, offered, buttons.Cancel) == buttons.Discard:
            self._workplace.opener.discard_recovered()

    def _write(self, path: Path) -> bool:
        work, document = self._workplace, self._workplace.document
        if document.plate is None:
            return False
        chosen = document.value("output.matte")
        try:
            document.assign("output.matte", chosen or versioned_pattern(path, document.plate.spec))
            save_shot(document, path)
        except StfamError as error:
            document.assign("output.matte", chosen)
            work.messages.warn(str(error))
            return False
        document.note_saved(path)
        work.autosave.discard()
        work.recent.add(str(path))
        work.messages.say(f"Saved {path.name}.")
        return True

    def send_to_queue(self) -> None:
        """Save the shot and hand it to the batch queue."""
        if self._queue is None or not self.save() or self._workplace.document.path is None:
            return
        try:
            self._workplace.messages.say(self._queue(self._workplace.document.path))
        except StfamError as error:
            self._workplace.messages.warn(str(error))

    def _folder(self) -> str:
        recent = self._workplace.recent.paths
        return str(Path(recent[0]).parent) if recent else ""
