"""Opens plates and shots: the lock, what can be recovered, the worker's description of the plate, then the document."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from stfam.core.cache import plate_cache, session_folder
from stfam.core.errors import StfamError
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Output, Shot
from stfam.core.worker.messages import Open, Warm
from stfam.core.worker.messages import Playhead as PlayheadMoved
from stfam.core.worker.shot_object import shot_object
from stfam.ui.link.frame_store import FrameStore
from stfam.ui.link.shot_sync import ShotSync
from stfam.ui.link.worker_link import Done, Failed, WorkerLink
from stfam.ui.model.autosave import Autosave, Recovered, recovered_session
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates
from stfam.ui.model.lock import ShotLock
from stfam.ui.model.messages import Messages
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.recent import RecentFiles
from stfam.ui.model.shot_file import load_keys, shot_file


@dataclass
class _Opening:
    """A shot on its way to the document.

    `discard` says whether unsaved work in the open shot may go; an edit in the meantime takes that back.
    """

    shot: Shot
    path: Path | None
    lock: ShotLock
    session: Path
    read_only: bool
    recovered: Recovered | None
    discard: bool

    @property
    def name(self) -> str:
        """File name of the shot or the plate."""
        return Path(self.path or self.shot.plate).name


@dataclass(frozen=True)
class OpenerParts:
    """What opening a shot fills."""

    link: WorkerLink
    document: Document
    playhead: Playhead
    autosave: Autosave
    sync: ShotSync
    states: FrameStates
    store: FrameStore
    messages: Messages
    recent: RecentFiles


class Opener(QObject):
    """Opens one shot after another; what a worker that ended did not open, the next one does.

    What is open stays as it is until the next shot is there: with its lock, and with its unsaved work. That work can be
    restored afterwards, but not where `discard` was asked for.

    Signals:
        opened: the document holds the shot that was asked for, and the worker has it too.
        kept: what was asked for could not be opened, and the worker still has the document's.
        busy_changed(text): what is being opened; empty when done.
    """

    opened = Signal()
    kept = Signal()
    busy_changed = Signal(str)

    def __init__(self, parts: OpenerParts) -> None:
        super().__init__(parts.document)
        self._parts = parts
        self._lock = ShotLock()
        self._pending: _Opening | None = None
        self._astray = False  # whether the worker has another shot open than the document's
        self._reader: Path | None = None
        parts.document.undo.indexChanged.connect(self._note_step)
        parts.link.started.connect(self._resume)
        for ended in (parts.link.gone, parts.link.refused):
            ended.connect(lambda _: self._show_busy())

    def open_plate(self, pattern: str, discard: bool = False) -> None:
        """Open a sequence or movie without a project file; unsaved work on it as in `open_shot`."""
        try:
            shot = Shot(plate=os.path.abspath(pattern), output=Output(matte=""))
        except StfamError as error:
            self._parts.messages.warn(str(error))
            return
        self._open(shot, None, session_folder(shot.plate), discard)

    def open_shot(self, path: Path, discard: bool = False) -> None:
        """Open a project file; unsaved work on it is taken up where a panel ended without saving."""
        path = shot_file(path)
        try:
            shot = Shot.load(path)
            FrameRange.parse(shot.frames or "0")  # said now, and not when the worker has opened it
        except (StfamError, OSError) as error:
            self._parts.messages.warn(str(error))
            return
        self._open(shot, path, session_folder(str(path)), discard)

    def discard_recovered(self) -> None:
        """Open the shot as it was saved."""
        path, plate = self._parts.document.path, self._parts.document.plate
        if path is not None:
            self.open_shot(path, discard=True)
        elif plate is not None:
            self.open_plate(plate.spec, discard=True)

    def is_open(self, session: Path) -> bool:
        """Whether this panel works in the session already, and so holds its lock."""
        return session == self._parts.autosave.folder

    def adopt(self, lock: ShotLock) -> None:
        """Hold the lock of another session in place of the present one: the shot was saved there."""
        if lock is not self._lock:
            self._lock.give_up()
        self._lock = lock

    def close(self) -> None:
        """Let another panel take the shot."""
        self._drop_pending()
        self._drop_reader()
        self._lock.give_up()

    def _open(self, shot: Shot, path: Path | None, session: Path, discard: bool) -> None:
        parts, again = self._parts, self.is_open(session)
        self._drop_pending()
        if again:
            parts.autosave.flush()
        lock = self._lock if again else ShotLock()
        try:
            read_only = not again and not lock.take(session)
        except OSError as error:
            parts.messages.warn(str(error))
            return
        found = None if read_only or (again and discard) else recovered_session(session)
        self._pending = _Opening(found.shot if found else shot, path, lock, session, read_only, found, discard)
        self._show_busy()
        if parts.link.ready:
            self._resume()
        elif not parts.link.alive:
            name = self._pending.name
            parts.messages.warn(f"The worker is not running. {name} is opened when it runs again.", "restart")

    def _resume(self) -> None:
        """Have the worker open what is to be opened, or else what is open."""
        opening, document = self._pending, self._parts.document
        if opening is not None:
            self._show_busy()
            self._ask(opening.shot, partial(self._take, opening), partial(self._refuse, opening))
        elif document.plate is not None:
            self._parts.autosave.flush()
            self._parts.store.forget_requests()
            self._ask(document.shot(self._parts.autosave.key_paths()), self._reopened, self._fail)

    def _ask(self, shot: Shot, done: Done, failed: Failed) -> None:
        self._parts.sync.detach()
        self._parts.link.ask(Open(shot_object(shot), cache=str(plate_cache(shot.plate))), done, failed)

    def _show_busy(self) -> None:
        opening = self._pending if self._parts.link.alive else None
        self.busy_changed.emit(f"Opening {opening.name}…" if opening else "")

    def _drop_pending(self) -> None:
        if self._pending is not None:
            if self._pending.lock is not self._lock:
                self._pending.lock.give_up()
            self._pending = None
        self._show_busy()

    def _note_step(self) -> None:
        """An edit while a shot is being opened came after the artist was asked what to discard, so it is kept."""
        if self._pending is None:
            return
        if self.is_open(self._pending.session):
            name = self._pending.name
            self._drop_pending()
            self._parts.messages.say(f"{name} was changed meanwhile, so it is not opened again.")
        else:
            self._pending.discard = False

    def _drop_reader(self) -> None:
        """A read-only panel's own copy of the trimaps ends with it."""
        if self._reader is not None:
            shutil.rmtree(self._reader, ignore_errors=True)
            self._reader = None

    def _take(self, opening: _Opening, result: dict[str, Any]) -> None:
        self._astray = True
        if opening is not self._pending:
            self._parts.store.forget_requests()  # those were for the document's shot
            self._bring_back()
            return
        parts = self._parts
        info = PlateInfo.described(opening.shot.plate, result["plate"])
        try:
            painted = load_keys({int(frame): Path(path) for frame, path in result["keys"].items()})
        except StfamError as error:
            self._drop_pending()
            parts.messages.warn(str(error))
            self._bring_back()
            return
        self._pending, self._astray = None, False
        self.busy_changed.emit("")
        self._settle(opening.discard)
        self.adopt(opening.lock)
        keys = {frame: canvas.scaled(info.width, info.height) for frame, canvas in painted.items()}
        scaled = FrameRange.of(sorted(f for f in keys if keys[f] is not painted[f])).words
        parts.store.clear()
        parts.states.clear()
        parts.document.read_only, parts.document.restored = opening.read_only, opening.recovered is not None
        parts.document.load(info, opening.shot, keys, opening.path)
        parts.playhead.load(info.frames, info.fps)
        parts.playhead.set_loop(parts.document.in_out)
        if opening.recovered or scaled:
            parts.document.undo.resetClean()
        reader = opening.session / f"reader-{os.getpid()}" if opening.read_only else None
        parts.autosave.start(reader or opening.session)
        if reader != self._reader:
            self._drop_reader()
            self._reader = reader
        parts.sync.attach(result["trimaps"])
        self._say(opening, scaled)
        parts.recent.add(str(opening.path or opening.shot.plate))
        self._warm()
        self.opened.emit()

    def _settle(self, discard: bool) -> None:
        """Leave the session of the shot that was open: with nothing to restore, or with all that was done."""
        if discard:
            self._parts.autosave.discard()
        else:
            self._parts.autosave.flush()

    def _bring_back(self) -> None:
        """Where nothing else is to be opened, have the worker go on with what is open."""
        if self._pending is None and not self._astray and self._parts.sync.keep():
            self.kept.emit()
        elif self._pending is None:
            self._resume()

    def _reopened(self, result: dict[str, Any]) -> None:
        self._astray = False
        self._parts.sync.attach(result["trimaps"])
        self._parts.store.outdate()
        self._parts.states.changed.emit()
        self._warm()
        self.opened.emit()

    def _warm(self) -> None:
        self._parts.link.tell(PlayheadMoved(self._parts.playhead.frame))
        self._parts.link.tell(Warm())

    def _say(self, opening: _Opening, scaled: str) -> None:
        messages = self._parts.messages
        if scaled:
            text = f"What is painted on frame {scaled} was scaled, as the plate has another size now. Look at it"
            messages.warn(f"{text} before you save.")
        elif opening.read_only:
            messages.say("Another panel has this shot open, so it is read-only here. Save As makes a copy.", "save_as")
        elif opening.recovered and opening.recovered.lost:
            lost = FrameRange.of(opening.recovered.lost).words
            text = f"Unsaved paint was restored, but not that of frame {lost}: the files are gone."
            messages.warn(text, "discard_recovered")
        elif opening.recovered:
            messages.say("Unsaved paint was restored from the last session.", "discard_recovered")
        elif self._parts.document.range_problem:
            messages.warn(self._parts.document.range_problem)
        else:
            messages.clear()

    def _refuse(self, opening: _Opening, error: Exception) -> None:
        if opening is self._pending:
            self._drop_pending()
            self._fail(error)
        self._bring_back()

    def _fail(self, error: Exception) -> None:
        self._parts.messages.warn(str(error), "open_plate")
