"""Everything that the panel's widgets show and change, put together once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSettings

from stfam.ui.link.frame_store import SOLVED, FrameStore
from stfam.ui.link.jobs import Jobs
from stfam.ui.link.opener import Opener, OpenerParts
from stfam.ui.link.shot_sync import ShotSync
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.autosave import Autosave
from stfam.ui.model.brush_state import BrushState
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State
from stfam.ui.model.messages import Messages
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.recent import RecentFiles
from stfam.ui.model.view_state import ViewState
from stfam.ui.paint.hand import PaintingHand
from stfam.ui.paint.key_maker import KeyMaker
from stfam.ui.paint.worker_edits import WorkerEdits


class Workplace(QObject):
    """The models and the worker of one panel."""

    def __init__(self, command: Callable[[], Sequence[str]], settings: QSettings) -> None:
        super().__init__()
        self.settings = settings
        self.document = Document(self)
        self.playhead, self.view, self.brush = Playhead(self), ViewState(self), BrushState(self)
        self.states, self.messages = FrameStates(self), Messages(self)
        self.recent = RecentFiles(settings)
        self.link = WorkerLink(command, self)
        self.store = FrameStore(self.link, self)
        self.autosave = Autosave(self.document, self)
        self.sync = ShotSync(
            self.link, self.document, self.playhead, self.autosave, self.states, self.store, self.messages
        )
        self.jobs = Jobs(self.link, self.document, self.sync, self.states, self.store, self.messages, self)
        self.keys = KeyMaker(self.document, self.states, self.store, self.link, self.sync, self.messages)
        self.worker_edits = WorkerEdits(self.document, self.link, self.sync, self.autosave, self.messages)
        self.hand = PaintingHand(
            self.document, self.playhead, self.view, self.brush, self.keys.make, self.messages, self
        )
        self.opener = Opener(
            OpenerParts(
                self.link, self.document, self.playhead, self.autosave, self.sync, self.states, self.store,
                self.messages, self.recent,
            )
        )  # fmt: skip
        self._connect()

    def look_again(self) -> None:
        """Ask anew for what is shown and for the states, as files may have changed since."""
        self.store.outdate(layers=(*SOLVED, "plate"))
        self.sync.refresh()

    def close(self) -> None:
        """Stop the worker, finish writing, let the shot go."""
        self.document.undo.blockSignals(True)  # it speaks once more when it is destroyed, after the widgets
        self.playhead.stop()
        self.link.stop()
        self.autosave.close()
        self.opener.close()

    def _connect(self) -> None:
        self.keys.made.connect(self.hand.begin_awaited)
        self.keys.refused.connect(self.hand.drop_awaited)
        self.hand.began.connect(self.worker_edits.hold)
        self.hand.ended.connect(self.worker_edits.release)
        self.document.key_edited.connect(lambda _: self.messages.clear_missing())
        self.autosave.failed.connect(self.messages.warn)
        self.link.gone.connect(self._worker_gone)
        self.link.refused.connect(lambda text: self.messages.warn(text, "restart"))
        self.document.opened.connect(self.jobs.leave)
        for ready in (self.opener.opened, self.opener.kept):
            ready.connect(self.jobs.resume)
            ready.connect(self.worker_edits.resume)
        self.store.failed.connect(self._frame_failed)
        self.store.ready.connect(self._frame_ready)
        self.playhead.moved.connect(self._try_again)
        self.document.range_changed.connect(lambda: self.playhead.set_loop(self.document.in_out))

    def _worker_gone(self, gone: Exception) -> None:
        self.jobs.interrupt()
        self.store.forget_requests()
        left = len(self.jobs.current.left) if self.jobs.current else 0
        rest = f" {left} {'frame is' if left == 1 else 'frames are'} left to do." if left else ""
        self.messages.warn(f"{gone} Your paint and the finished frames are safe.{rest}", "restart")

    def _frame_failed(self, frame: int, layer: str, text: str) -> None:
        if layer == "plate":
            self.states.put(Lane.PLATE, frame, State.FAILED, text)

    def _frame_ready(self, frame: int, layer: str) -> None:
        if layer == "plate" and self.states.state(Lane.PLATE, frame) is State.FAILED:
            self.states.put(Lane.PLATE, frame, State.FRESH)

    def _try_again(self, frame: int) -> None:
        """A plate's frame that could not be read is asked for at each visit: the folder may be back."""
        if self.states.state(Lane.PLATE, frame) is State.FAILED:
            self.store.outdate([frame], ["plate"])
