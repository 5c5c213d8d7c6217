"""The pictures of the open shot: those at hand, those asked for, and which to ask for next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from stfam.core.worker.messages import Frame
from stfam.ui.link.mapped_picture import Picture, map_picture
from stfam.ui.link.worker_link import Result, WorkerLink

IN_FLIGHT = 2
"""Requests at the worker at once; the rest wait here, where the newest goes first and unwanted ones are dropped."""

WAITING = 24
"""Requests that wait at most; scrubbing drops the oldest."""

SLOW_MS = 300
"""After which a picture that was asked for and is not there is worth a word."""

CAPACITY = 1 << 30
"""Bytes of mapped pictures kept."""

SOLVED = ("trimap", "alpha", "foreground", "comp", "edge")
"""Layers that rest on keys and parameters."""


@dataclass(frozen=True)
class Wanted:
    """A picture by what it shows."""

    frame: int
    layer: str
    level: int = 0
    background: str = ""


class FrameStore(QObject):
    """Hands out pictures at once where they are at hand and asks for them where not.

    Signals:
        ready(frame, layer): a new picture can be drawn.
        failed(frame, layer, text): the worker could not make it.
        slowed: some pictures are long on their way.
    """

    ready = Signal(int, str)
    failed = Signal(int, str, str)
    slowed = Signal()

    def __init__(self, link: WorkerLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._pictures: OrderedDict[Wanted, Picture] = OrderedDict()
        self._bytes = 0
        self._outdated: set[Wanted] = set()
        self._refused: dict[Wanted, str] = {}
        self._waiting: list[Wanted] = []
        self._asked: set[Wanted] = set()
        self._slow: set[Wanted] = set()
        self._age = 0
        self._patience = QTimer(self, singleShot=True)
        self._patience.setInterval(SLOW_MS)
        self._patience.timeout.connect(self._note_slow)

    def picture(self, wanted: Wanted) -> Picture | None:
        """The picture, which may be outdated; asked for where it is missing or outdated."""
        found = self._pictures.get(wanted)
        if found is not None:
            self._pictures.move_to_end(wanted)
        if (found is None or wanted in self._outdated) and wanted not in self._refused:
            self._ask(wanted)
        return found

    def current(self, wanted: Wanted) -> Picture | None:
        """The picture where it is up to date; asked for where it is not."""
        found = self.picture(wanted)
        return None if wanted in self._outdated or wanted in self._asked else found

    def pending(self, wanted: Wanted) -> bool:
        """Whether the picture was asked for and may come."""
        return self._link.alive and (wanted in self._asked or wanted in self._waiting)

    def refusal(self, wanted: Wanted) -> str:
        """Why the worker could not make the picture; empty where it was not asked for, or could."""
        return self._refused.get(wanted, "")

    def at_hand(self, wanted: Wanted) -> Picture | None:
        """The picture if it is there; nothing is asked for."""
        return self._pictures.get(wanted)

    def is_slow(self, wanted: Wanted) -> bool:
        """Whether the picture has been on its way for a while."""
        return wanted in self._slow and self.pending(wanted)

    def substitute(self, wanted: Wanted) -> Picture | None:
        """The same layer of the same frame at another level, the nearest first."""
        others = [
            (abs(key.level - wanted.level), picture)
            for key, picture in self._pictures.items()
            if (key.frame, key.layer, key.background) == (wanted.frame, wanted.layer, wanted.background)
        ]
        return min(others, key=lambda pair: pair[0])[1] if others else None

    def outdate(self, frames: Iterable[int] | None = None, layers: Iterable[str] = SOLVED) -> None:
        """Ask anew for pictures of these frames (None: all) and layers; the old ones are shown until then."""
        chosen, kinds = None if frames is None else set(frames), set(layers)
        for key in [*self._pictures, *self._refused, *self._asked]:
            if key.layer in kinds and (chosen is None or key.frame in chosen):
                self._outdated.add(key)
                self._refused.pop(key, None)

    def clear(self) -> None:
        """Forget everything: another plate, or a new worker."""
        self._age += 1
        self._pictures.clear()
        self._bytes = 0
        for names in (self._outdated, self._refused, self._asked, self._waiting):
            names.clear()

    def forget_requests(self) -> None:
        """What was asked of a worker that ended may be asked again; a picture that was to be replaced still is."""
        self._age += 1
        self._outdated |= self._asked
        self._asked.clear()
        self._waiting.clear()
        self._refused.clear()

    def _ask(self, wanted: Wanted) -> None:
        if wanted in self._asked:
            return
        if wanted in self._waiting:
            self._waiting.remove(wanted)
        self._waiting.append(wanted)
        del self._waiting[:-WAITING]
        self._patience.start()
        self._send()

    def _note_slow(self) -> None:
        self._slow = {*self._asked, *self._waiting}
        if self._slow:
            self.slowed.emit()

    def _send(self) -> None:
        while self._waiting and len(self._asked) < IN_FLIGHT and self._link.alive:
            wanted, age = self._waiting.pop(), self._age
            self._asked.add(wanted)
            self._outdated.discard(wanted)
            self._link.ask(
                Frame(wanted.frame, wanted.layer, wanted.level, wanted.background or "checker"),
                lambda result, wanted=wanted, age=age: self._take(age, wanted, result),  # type: ignore[misc]
                lambda error, wanted=wanted, age=age: self._refuse(age, wanted, error),  # type: ignore[misc]
            )

    def _take(self, age: int, wanted: Wanted, result: Result) -> None:
        if age != self._age:
            return
        self._settle(wanted)
        try:
            picture = map_picture(result, wanted.level)
        except (OSError, ValueError) as error:
            self._refuse(age, wanted, error)
            return
        self._keep(wanted, picture)
        self.ready.emit(wanted.frame, wanted.layer)
        self._send()

    def _refuse(self, age: int, wanted: Wanted, error: Exception) -> None:
        if age != self._age:
            return
        self._settle(wanted)
        if wanted in self._outdated:  # it may be made by now
            self._ask(wanted)
            return
        self._refused[wanted] = str(error)
        self._drop(wanted)
        self.failed.emit(wanted.frame, wanted.layer, str(error))
        self._send()

    def _settle(self, wanted: Wanted) -> None:
        self._asked.discard(wanted)
        self._slow.discard(wanted)

    def _keep(self, wanted: Wanted, picture: Picture) -> None:
        self._drop(wanted)
        self._pictures[wanted] = picture
        self._bytes += picture.bytes
        while self._bytes > CAPACITY and len(self._pictures) > 1:
            self._drop(next(iter(self._pictures)))

    def _drop(self, wanted: Wanted) -> None:
        old = self._pictures.pop(wanted, None)
        if old is not None:
            self._bytes -= old.bytes
