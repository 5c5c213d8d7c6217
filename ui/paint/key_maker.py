"""Makes keyframes: from the propagated trimap, or blank."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from stfam.ui.link.frame_store import FrameStore, Wanted
from stfam.ui.link.shot_sync import ShotSync
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.document import Document
from stfam.ui.model.edits import PutKey
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.messages import Messages
from stfam.ui.model.trimap_canvas import TrimapCanvas


class KeyMaker(QObject):
    """Adds, replaces and removes keyframes, each an undo step.

    Signals:
        made(frame): a keyframe is there that was waited for.
        refused(frame): it does not come.
    """

    made = Signal(int)
    refused = Signal(int)

    def __init__(
        self,
        document: Document,
        states: FrameStates,
        store: FrameStore,
        link: WorkerLink,
        sync: ShotSync,
        messages: Messages,
    ) -> None:
        super().__init__(document)
        self._document, self._states, self._store = document, states, store
        self._link, self._sync, self._messages = link, sync, messages
        self._awaited: set[int] = set()
        document.opened.connect(self._forget)
        sync.told.connect(self._go_on)
        sync.refused.connect(self._give_up_all)
        store.ready.connect(lambda *_: self._go_on())
        store.failed.connect(self._note_refusal)

    def make(self, frame: int) -> bool:
        """Make `frame` a keyframe; False where its propagated trimap, as it is now, or whether it has one, has to come
        from the worker first: `made` tells of it then."""
        plate = self._document.plate
        if plate is None or not self._document.editable:
            return False
        if frame in self._document.keys:
            return True
        if not self._sync.knows(frame):
            self._await(frame, self._sync.problem)
            return False
        if self._states.state(Lane.TRIMAP, frame) in (State.FRESH, State.STALE):
            picture = self._store.current(Wanted(frame, "trimap"))
            if picture is None:
                self._await(frame, self._store.refusal(Wanted(frame, "trimap")))
                return False
            canvas = TrimapCanvas.from_labels(picture.image).scaled(plate.width, plate.height)  # or an older plate's
        else:
            canvas = TrimapCanvas(plate.width, plate.height)
        self._push(frame, canvas, "Make keyframe")
        return True

    def remove(self, frame: int) -> None:
        """Make `frame` an ordinary frame."""
        if may_change_key(self._document, self._messages, frame):
            self._push(frame, None, "Remove keyframe")

    def remove_strays(self) -> None:
        """Remove the keyframes that cannot be shown, as the plate has no such frames."""
        for frame in self._document.stray_keys:
            self.remove(frame)

    def _forget(self) -> None:
        self._awaited.clear()

    def _go_on(self) -> None:
        """What awaited frames wait for may be there; a trimap that was asked for and left out is asked for again."""
        awaited, self._awaited = self._awaited, set()
        for frame in sorted(awaited):
            if self.make(frame):
                self.made.emit(frame)

    def _await(self, frame: int, refusal: str) -> None:
        self._awaited.add(frame)
        if refusal:
            self._give_up(frame, "trimap", refusal)
        elif not self._link.alive:
            self._messages.warn("The worker, which has the propagated trimap, is not running.", "restart")

    def _note_refusal(self, frame: int, layer: str, text: str) -> None:
        """What a view asked for says nothing of a frame whose state is still awaited."""
        if self._sync.knows(frame):
            self._give_up(frame, layer, text)

    def _give_up(self, frame: int, layer: str, text: str) -> None:
        if layer == "trimap" and frame in self._awaited:
            self._awaited.remove(frame)
            self._messages.warn(f"Frame {frame} was not made a keyframe. {text}")
            self.refused.emit(frame)

    def _give_up_all(self, text: str) -> None:
        for frame in sorted(self._awaited):
            self._give_up(frame, "trimap", text)

    def _push(self, frame: int, canvas: TrimapCanvas | None, text: str) -> None:
        self._document.undo.push(PutKey(self._document, frame, canvas, text))


def may_change_key(document: Document, messages: Messages, frame: int) -> bool:
    """Whether `frame` is a keyframe that may be changed; says so where it is none."""
    if document.plate is not None and frame not in document.keys:
        messages.miss(f"Frame {frame} is no keyframe.", "make_key")
    return document.editable and frame in document.keys
