"""Edits of key trimaps that the worker makes: the unknown band grown or shrunk, a trimap made of a file."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from stfam.core.worker.messages import AdjustTrimap, TrimapFrom
from stfam.ui.link.shot_sync import ShotSync
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.autosave import Autosave
from stfam.ui.model.document import Document
from stfam.ui.model.edits import PutKey
from stfam.ui.model.messages import Messages
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.paint.key_maker import may_change_key


@dataclass(eq=False)
class _Edit:
    """One edit that was asked for.

    Attributes:
        what: pixels by which the unknown band grows, or the file that the trimap is made of.
        outdated: whether the key changed since the worker was asked.
        painted: whether the key was painted on since the artist asked.
    """

    frame: int
    text: str
    what: int | TrimapFrom
    outdated: bool = False
    painted: bool = False


class WorkerEdits(QObject):
    """Makes one edit after another, each an undo step.

    An answer holds for the trimap that the worker was given. Where that was painted on in the meantime, the worker is
    asked again of the trimap as it is now. While a stroke is drawn, all waits.
    """

    def __init__(
        self, document: Document, link: WorkerLink, sync: ShotSync, autosave: Autosave, messages: Messages
    ) -> None:
        super().__init__(document)
        self._document, self._link, self._sync = document, link, sync
        self._autosave, self._messages = autosave, messages
        self._edits: deque[_Edit] = deque()
        self._asked = self._held = False
        document.opened.connect(self._drop)
        document.painted.connect(lambda frame, _: self._note(frame, painted=True))
        document.key_edited.connect(lambda frame: self._note(frame, painted=False))
        link.gone.connect(self._forget_asked)
        link.started.connect(self._forget_asked)

    def adjust(self, frame: int, grow: int) -> None:
        """Grow (above 0) or shrink the unknown band of a keyframe by pixels."""
        if may_change_key(self._document, self._messages, frame):
            self._add(_Edit(frame, "Grow unknown" if grow > 0 else "Shrink unknown", grow))

    def import_from(self, frame: int, source: str, inner: int, outer: int) -> None:
        """Make the trimap of `frame` from a roto, mask, alpha or trimap file."""
        if self._document.editable:
            self._add(_Edit(frame, "Import trimap", TrimapFrom(source, inner, outer, frame)))

    def hold(self) -> None:
        """A stroke is begun: what the worker answers waits for its end."""
        self._held = True

    def release(self) -> None:
        """The stroke is a step."""
        self._held = False
        self.resume()

    def resume(self) -> None:
        """Ask for the first edit, if the worker has the shot and nothing is asked for."""
        while self._edits and self._sync.attached and not self._asked and not self._held:
            edit = self._edits[0]
            request = self._request(edit)
            if request is None:
                self._edits.popleft()
            else:
                self._asked, edit.outdated = True, False
                self._link.ask(request, partial(self._take, edit), partial(self._refuse, edit))

    def _add(self, edit: _Edit) -> None:
        if not self._link.alive:
            self._messages.warn("The worker is not running.", "restart")
            return
        self._edits.append(edit)
        self.resume()

    def _request(self, edit: _Edit) -> AdjustTrimap | TrimapFrom | None:
        """What to ask for; says why where nothing can be."""
        if isinstance(edit.what, TrimapFrom):
            if not edit.painted:
                return edit.what
            text = f"Frame {edit.frame} was painted on before its trimap was imported, and keeps its paint. "
            self._messages.say(f"{text}Import again to replace it.", "import_trimap")
        elif may_change_key(self._document, self._messages, edit.frame):
            self._autosave.flush()
            if not self._autosave.problem:
                return AdjustTrimap(str(self._autosave.key_path(edit.frame)), edit.what)
            self._messages.warn(f"{edit.text} was not done. {self._autosave.problem}")
        return None

    def _take(self, edit: _Edit, result: dict[str, Any]) -> None:
        if not self._edits or self._edits[0] is not edit:
            return
        self._asked = False
        if not self._held and not edit.outdated:
            self._edits.popleft()
            self._put(edit, Path(result["path"]))
        self.resume()

    def _refuse(self, edit: _Edit, error: Exception) -> None:
        if self._edits and self._edits[0] is edit:
            self._edits.popleft()
            self._asked = False
            self._messages.warn(str(error))
            self.resume()

    def _put(self, edit: _Edit, path: Path) -> None:
        try:
            canvas = TrimapCanvas.from_file(path)
        except OSError as error:
            self._messages.warn(str(error))
        else:
            self._document.undo.push(PutKey(self._document, edit.frame, canvas, edit.text))

    def _note(self, frame: int, painted: bool) -> None:
        for edit in self._edits:
            if edit.frame == frame:
                edit.outdated = True
                edit.painted = edit.painted or painted

    def _drop(self) -> None:
        """Another shot is open."""
        self._edits.clear()
        self._asked = False

    def _forget_asked(self, *_: object) -> None:
        """What a worker that ended was asked is asked of the next one."""
        self._asked = False
