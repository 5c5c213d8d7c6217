"""Keeps the worker's shot equal to the document, and the frames' states equal to the worker's."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from stfam.core.frame_range import FrameRange
from stfam.core.worker.messages import Configure, Estimate
from stfam.core.worker.messages import Playhead as PlayheadMoved
from stfam.core.worker.shot_object import shot_object
from stfam.ui.link.frame_store import SOLVED, FrameStore
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.autosave import Autosave
from stfam.ui.model.basis import SPEED_ONLY, resting_on
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.messages import Messages
from stfam.ui.model.playhead import Playhead

DELAY_MS = 80
"""From a change to its way to the worker, so that a dragged slider sends few."""

REFINED = ("alpha", "foreground", "comp", "edge")


class ShotSync(QObject):
    """Sends the shot when it changed.

    Signals:
        estimated(seconds, bytes): what matting in to out will take; below 0 where it is not known.
        told: the worker told the states of its frames.
        refused(text): it did not, and says why.
    """

    estimated = Signal(float, float)
    told = Signal()
    refused = Signal(str)

    def __init__(
        self,
        link: WorkerLink,
        document: Document,
        playhead: Playhead,
        autosave: Autosave,
        states: FrameStates,
        store: FrameStore,
        messages: Messages,
    ) -> None:
        super().__init__(document)
        self._link, self._document, self._autosave = link, document, autosave
        self._states, self._store, self._messages = states, store, messages
        self._serial, self._age, self._away = 0, -1, False
        self._unsure: frozenset[int] = frozenset()
        self._timer = QTimer(self, singleShot=True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._send_written)
        document.opened.connect(self._forget)
        document.value_changed.connect(self._note_value)
        document.key_edited.connect(self._note_key)
        document.range_changed.connect(self._timer.start)
        autosave.written.connect(self._timer.start)
        playhead.moved.connect(lambda frame: link.tell(PlayheadMoved(frame)))

    @property
    def attached(self) -> bool:
        """Whether the worker that runs has the document's shot open."""
        return self._link.ready and self._age == self._link.age and not self._away

    def knows(self, frame: int) -> bool:
        """Whether the worker's word on a frame that is no key holds now.

        It does not yet for a key that was just removed, which the worker still takes for one, nor, in a shot that was
        just opened, for a frame with a trimap, of which the worker has not said whether it is fresh.
        """
        return frame not in self._unsure

    def attach(self, trimaps: str) -> None:
        """The worker opened the document's shot; `trimaps` is the range of frames that have a propagated one."""
        self._age, self._away = self._link.age, False
        self._unsure |= frozenset(FrameRange.parse(trimaps) if trimaps else ())
        self.refresh()

    def detach(self) -> None:
        """The worker is to open a shot: whatever it is asked from now on it would do with that one."""
        self._away = True

    def keep(self) -> bool:
        """It could not, and has the one that it had; False where that is not the document's."""
        self._away = self._age != self._link.age
        self.refresh()
        return not self._away

    def send(self) -> None:
        """Give the worker the shot as it is now, for a job that is to begin; waits until the paint is on disk."""
        if self.attached:
            self._autosave.flush()
            self._configure()

    def _send_written(self) -> None:
        """Give the worker the shot once its paint is on disk, without waiting for the disk; a stroke ends first."""
        if not self.attached or self._autosave.painting:
            return
        if self._autosave.pending:
            self._autosave.write()
        else:
            self._configure()

    def _configure(self) -> None:
        """Send the shot; not where the paint could not be written."""
        self._timer.stop()
        if self._autosave.problem:
            return
        self._serial += 1
        serial = self._serial
        self._states.expect_all()
        shot, keys = shot_object(self._document.shot(self._autosave.key_paths())), frozenset(self._document.keys)
        self._link.ask(Configure(shot), partial(self._take, serial, keys), partial(self._refuse, serial))

    @property
    def problem(self) -> str:
        """Why the worker cannot be given the newest paint; empty where it can."""
        return self._autosave.problem

    def refresh(self) -> None:
        """Ask for the states again, after a job."""
        self._timer.start()

    def show_status(self, status: dict[str, dict[str, str]]) -> None:
        """Take over the states that the worker reports: {lane: {state: frame range}}."""
        for lane in Lane:
            states = {
                frame: State(name)
                for name, frames in status.get(lane.value, {}).items()
                if frames
                for frame in FrameRange.parse(frames)
            }
            if lane is Lane.PLATE:  # what was missing is back; what could not be read is marked until it was
                marked = self._states.frames(lane, State.FAILED)
                back = [frame for frame in marked if frame not in states and not self._states.reason(frame)]
                states |= dict.fromkeys(back, State.FRESH)
            self._states.put_all(lane, states, self._document.keys if lane is Lane.TRIMAP else ())

    def _forget(self) -> None:
        """Another shot is open: what is answered about the one before says nothing of it."""
        self._overtake()
        self._unsure = frozenset()

    def _take(self, serial: int, keys: frozenset[int], result: dict[str, Any]) -> None:
        newest = serial == self._serial
        if newest:
            self._unsure = keys
            self.show_status(result["status"])
        # What changed is told against the shot that the worker had before, so that it holds in an overtaken answer too.
        changed = result.get("changed", "")
        if changed:
            self._store.outdate(FrameRange.parse(changed), SOLVED)
        if result.get("refined"):
            self._store.outdate(None, REFINED)
        if changed or result.get("refined"):
            self._states.changed.emit()
        if not newest:
            return
        self.told.emit()
        frames = self._document.range_text
        if frames:
            show = partial(self._show_estimate, serial)
            self._link.ask(Estimate(frames), show, lambda _: show({"seconds": -1.0, "bytes": -1.0}))

    def _show_estimate(self, serial: int, result: dict[str, Any]) -> None:
        if serial == self._serial:
            self.estimated.emit(float(result["seconds"]), float(result["bytes"]))

    def _refuse(self, serial: int, error: Exception) -> None:
        """Say why, but not of key files that are gone, which are written again, nor of a shot that was left since."""
        if self._autosave.pending:
            self._timer.start()
        elif serial == self._serial:
            self._messages.warn(str(error))
            self.refused.emit(str(error))

    def _overtake(self) -> None:
        """The document was edited: states that are told of the shot before are not shown, as they may be stale."""
        self._serial += 1

    def _note_value(self, name: str) -> None:
        self._overtake()
        if name.startswith("settings.") and name not in SPEED_ONLY:
            frames = self._document.plate.frames if self._document.plate else ()
            self._states.mark_stale((Lane.MATTE, frame) for frame in frames)
        self._timer.start()

    def _note_key(self, frame: int) -> None:
        """Mark what may rest on the key at once; the worker's own reckoning follows when the paint is on disk."""
        self._overtake()
        self._states.mark_stale(resting_on(self._document, frame))
