"""Makes keyframes: from the propagated trimap, from an image, or blank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from stfam.core.worker.messages import AdjustTrimap, TrimapFrom
from stfam.ui.link.frame_store import FrameStore, Wanted
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.autosave import Autosave
from stfam.ui.model.document import Document
from stfam.ui.model.edits import PutKey
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.messages import Messages
from stfam.ui.model.trimap_canvas import TrimapCanvas


class KeyMaker(QObject):
    """Adds, replaces and removes keyframes, each an undo step.

    Signals:
        made(frame): a keyframe is there that was waited for.
    """

    made = Signal(int)

    def __init__(
        self,
        document: Document,
        states: FrameStates,
        store: FrameStore,
        link: WorkerLink,
        autosave: Autosave,
        messages: Messages,
    ) -> None:
        super().__init__(document)
        self._document, self._states, self._store = document, states, store
        self._link, self._autosave, self._messages = link, autosave, messages
        self._awaited: int | None = None
        store.ready.connect(self._take_propagated)
        store.failed.connect(self._give_up)

    def make(self, frame: int) -> bool:
        """Make `frame` a keyframe; False where its propagated trimap, as it is now, has to come from the worker first:
        `made` tells of it then."""
        plate = self._document.plate
        if plate is None or not self._document.editable:
            return False
        if frame in self._document.keys:
            return True
        if self._states.state(Lane.TRIMAP, frame) in (State.FRESH, State.STALE):
            picture = self._store.current(Wanted(frame, "trimap"))
            if picture is None:
                self._await(frame)
                return False
            canvas = TrimapCanvas.from_labels(picture.image)
        else:
            canvas = TrimapCanvas(plate.width, plate.height)
        self._push(frame, canvas, "Make keyframe")
        return True

    def remove(self, frame: int) -> None:
        """Make `frame` an ordinary frame."""
        if self._is_key(frame):
            self._push(frame, None, "Remove keyframe")

    def adjust(self, frame: int, grow: int) -> None:
        """Grow (above 0) or shrink the unknown band of a keyframe by pixels."""
        if self._is_key(frame):
            self._autosave.flush()
            path = str(self._autosave.key_path(frame))
            text = "Grow unknown" if grow > 0 else "Shrink unknown"
            self._ask(AdjustTrimap(path, grow), frame, text)

    def import_from(self, frame: int, source: str, inner: int, outer: int) -> None:
        """Make the trimap of `frame` from a roto, mask, alpha or trimap file."""
        if self._document.editable:
            self._ask(TrimapFrom(source, inner, outer), frame, "Import trimap")

    def _is_key(self, frame: int) -> bool:
        """Whether `frame` is a keyframe that may be changed; says so where it is none."""
        if self._document.plate is not None and frame not in self._document.keys:
            self._messages.say(f"Frame {frame} is no keyframe.", "make_key")
        return self._document.editable and frame in self._document.keys

    def _ask(self, request: AdjustTrimap | TrimapFrom, frame: int, text: str) -> None:
        canvas = self._document.keys.get(frame)
        self._link.ask(
            request, lambda result: self._take_file(result, frame, text, canvas), lambda e: self._messages.warn(str(e))
        )

    def _take_file(self, result: dict[str, Any], frame: int, text: str, before: TrimapCanvas | None) -> None:
        if self._document.keys.get(frame) is not before or not self._document.editable:
            return
        try:
            self._push(frame, TrimapCanvas.from_file(Path(result["path"])), text)
        except OSError as error:
            self._messages.warn(str(error))

    def _take_propagated(self, frame: int, layer: str) -> None:
        if layer == "trimap" and frame == self._awaited:
            self._awaited = None
            if self.make(frame):
                self.made.emit(frame)

    def _await(self, frame: int) -> None:
        self._awaited = frame
        refusal = self._store.refusal(Wanted(frame, "trimap"))
        if refusal:
            self._give_up(frame, "trimap", refusal)
        elif not self._link.alive:
            self._messages.warn("The worker, which has the propagated trimap, is not running.", "restart")

    def _give_up(self, frame: int, layer: str, text: str) -> None:
        if layer == "trimap" and frame == self._awaited:
            self._awaited = None
            self._messages.warn(f"Frame {frame} was not made a keyframe. {text}")

    def _push(self, frame: int, canvas: TrimapCanvas | None, text: str) -> None:
        self._document.undo.push(PutKey(self._document, frame, canvas, text))
