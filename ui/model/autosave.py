"""Unsaved paint on disk within a second, written beside the work by a thread of its own."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal

from stfam.core.errors import StfamError
from stfam.core.shot import Shot
from stfam.core.strict_json import json_object
from stfam.ui.model.document import Document

INTERVAL_MS = 700
"""From a change to its write; a stroke that lasts longer is written while it is drawn."""


Files = dict[Path, Callable[[], bytes]]
"""Paths, and what makes their content."""

RETRY_MS = 3000
"""From a write that failed to the next try."""


class Autosave(QObject):
    """Keeps a session folder up to date with a document.

    The folder holds `key.FRAME.png` for each keyframe and `session.json`, each written under a temporary name and then
    renamed.

    Signals:
        written: everything up to the last change is on disk.
        failed(text): a write failed; it is tried again with the next change, and every few seconds until then. Said
            once for one problem.
    """

    written = Signal()
    failed = Signal(str)
    _reported = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self.folder = document, Path()
        self._dirty: set[int] = set()
        self._painting: set[int] = set()
        self._changed = False
        self._reported.connect(self._report, Qt.ConnectionType.QueuedConnection)
        self._writer = _Writer(self._reported.emit)
        self._timer = QTimer(self, singleShot=True)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.write)
        self._retry = QTimer(self, singleShot=True)
        self._retry.setInterval(RETRY_MS)
        self._retry.timeout.connect(self.write)
        self._said = ""
        document.painted.connect(self._note_pixels)
        document.key_edited.connect(self._note_key)
        document.value_changed.connect(self._note)
        document.range_changed.connect(self._note)

    def start(self, folder: Path) -> None:
        """Keep `folder` from now on, beginning with what the document holds."""
        self._writer.finish()
        self.folder = folder
        self._dirty, self._painting = set(self._document.keys), set()
        self._changed = True
        self.write()

    @property
    def painting(self) -> bool:
        """Whether a stroke is being drawn."""
        return bool(self._painting)

    @property
    def pending(self) -> bool:
        """Whether key trimaps are to be written still."""
        return self._writer.busy or bool(self._unwritten())

    @property
    def problem(self) -> str:
        """Why the last write failed; empty where it did not."""
        return self._writer.problem

    def key_path(self, frame: int) -> Path:
        """Where the trimap of a keyframe lies."""
        return self.folder / f"key.{frame:04d}.png"

    def key_paths(self) -> dict[int, str]:
        """Where the trimaps of all keyframes lie."""
        return {frame: str(self.key_path(frame)) for frame in self._document.keys}

    def write(self) -> None:
        """Hand the changes to the writing thread now."""
        self._timer.stop()
        unwritten = self._unwritten()
        if self._document.plate is None or not (self._changed or unwritten):
            return
        files = {self.key_path(frame): self._document.key_file(frame) for frame in unwritten}
        try:
            files[self.folder / "session.json"] = partial(bytes, self._session())
        except StfamError as error:
            self._report(f"Autosave failed: {error}")
            return
        self._dirty, self._changed = set(), False
        self._writer.put(files)

    def flush(self) -> None:
        """Write the changes and wait until they are on disk."""
        self.write()
        self._writer.finish()

    def discard(self) -> None:
        """Leave nothing to restore: the shot was saved, or its changes are not wanted. The keys stay for the worker."""
        self.flush()
        (self.folder / "session.json").unlink(missing_ok=True)

    def close(self) -> None:
        """End the writing thread when all is written."""
        self._retry.stop()
        self.write()
        self._writer.close()

    def _unwritten(self) -> list[int]:
        """The keyframes that changed, or whose files are gone: somebody may clear the cache."""
        quiet = not self._writer.busy
        keys = self._document.keys
        return [f for f in keys if f in self._dirty or (quiet and not self.key_path(f).is_file())]

    def _session(self) -> bytes:
        document = self._document
        data = {
            "path": str(document.path) if document.path else None,
            "unsaved": not document.undo.isClean() or bool(self._painting),
            "shot": document.shot(self.key_paths()).to_json(),
        }
        return json.dumps(data, ensure_ascii=False).encode("utf-8")

    def _note_pixels(self, frame: int, rect: QRect) -> None:
        """A stroke is no undo step before its end, and is not lost for that."""
        self._painting.add(frame)
        self._dirty.add(frame)
        self._note()

    def _note_key(self, frame: int) -> None:
        self._painting.discard(frame)
        self._dirty.add(frame)
        self._note()

    def _note(self) -> None:
        self._changed = True
        if not self._timer.isActive():
            self._timer.start()

    def _report(self, problem: str) -> None:
        if problem:
            self._dirty |= set(self._document.keys)
            self._changed = True
            self._retry.start()
            if problem != self._said:
                self.failed.emit(problem)
        else:
            self.written.emit()
        self._said = problem


@dataclass(frozen=True)
class Recovered:
    """A session that was not saved when its panel ended; `lost` are keyframes whose trimaps are gone."""

    path: Path | None
    shot: Shot
    lost: tuple[int, ...]


def recovered_session(folder: Path) -> Recovered | None:
    """The unsaved work in a session folder; None where there is none."""
    try:
        data = json_object((folder / "session.json").read_bytes())
        if not data["unsaved"]:
            return None
        shot = Shot.from_json(data["shot"])
        path = Path(data["path"]) if data["path"] else None
    except (OSError, ValueError, KeyError, TypeError, StfamError):
        return None
    there = tuple(key for key in shot.keys if Path(key.trimap).is_file())
    lost = tuple(key.frame for key in shot.keys if key not in there)
    return Recovered(path, replace(shot, keys=there), lost)


class _Writer:
    """A thread that writes batches of files; a later batch follows an earlier one."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report, self.problem = report, ""
        self._batches: queue.Queue[Files | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="stfam-autosave", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a batch is not done."""
        return self._batches.unfinished_tasks > 0

    def put(self, files: Files) -> None:
        self._batches.put(files)

    def finish(self) -> None:
        self._batches.join()

    def close(self) -> None:
        self._batches.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (files := self._batches.get()) is not None:
            self.problem = _write_all(files)
            self._report(self.problem)
            self._batches.task_done()
        self._batches.task_done()


def _write_all(files: Files) -> str:
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.part")
            temporary.write_bytes(content())
            os.replace(temporary, path)
    except (OSError, MemoryError) as error:
        reason = "no memory is left" if isinstance(error, MemoryError) else error.strerror or error
        return f"Autosave failed: {reason}. Free some space; paint is safe while the panel is open."
    return ""
