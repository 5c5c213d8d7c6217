"""The compliance suite against a host of another kind: the document of the panel, where each edit is an undo step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from host_compliance import HostCompliance
from PySide6.QtCore import QObject, Qt, QThread, Signal
from PySide6.QtWidgets import QApplication

from stfam.core.errors import InputError
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Output, Shot
from stfam.core.version import VERSION
from stfam.plugin.host.crossing import answer
from stfam.plugin.host.interface import HostError, HostPlate, Placement, Progress, Seed
from stfam.ui.model.autosave import Autosave
from stfam.ui.model.document import Document
from stfam.ui.model.edits import SetValue
from stfam.ui.model.messages import Messages
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.trimap_canvas import TrimapCanvas

T = TypeVar("T")

SHOT_FILE = "host.stfam"
"""What is remembered of a shot that was never saved, in its session's folder."""


class StandaloneHost(QObject):
    """The document is the graph. Lives on the Qt thread."""

    _asked = Signal(object)

    def __init__(self, document: Document, autosave: Autosave, messages: Messages) -> None:
        super().__init__(document)
        self._document, self._autosave, self._messages = document, autosave, messages
        self._asked.connect(lambda call: call(), Qt.ConnectionType.BlockingQueuedConnection)
        self.cancelled = False
        """Set by whoever cancels; a progress display takes it back at its end."""

    @property
    def name(self) -> str:
        """The panel and its version."""
        return f"stfam panel {VERSION}"

    def plate(self) -> HostPlate:
        """The open plate, from in to out."""
        info = self._document.plate
        if info is None:
            raise HostError("No plate is open. Open one in the panel first.")
        return HostPlate(Path(info.spec).as_posix(), FrameRange.of(self._document.range_frames), info.name)

    def seeds(self) -> tuple[Seed, ...]:
        """The painted keys."""
        return tuple(Seed(_seed_name(frame), "image") for frame in sorted(self._document.keys))

    def write_seed(self, seed: str, plate: HostPlate, frame: int, folder: Path) -> Path:
        """A painted key, as it is painted now."""
        named = {_seed_name(known): canvas for known, canvas in self._document.keys.items()}
        if seed not in named:
            raise HostError(
                f"There is no painted key named '{seed}'; there are: {', '.join(named) or 'none'}.", name=seed
            )
        path = folder / f"seed.{frame:04d}.png"
        path.write_bytes(named[seed].encoder()())
        return path

    def place(self, placement: Placement) -> str:
        """The document's output names the mattes; one undo step."""
        pattern = placement.shot.output.matte
        if self._document.value("output.matte") != pattern:
            self._document.undo.push(SetValue(self._document, "output.matte", pattern))
        return f"The shot's mattes are {pattern}, frames {placement.frames}."

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """In the panel's message bar."""
        self._messages.say(title)
        try:
            yield _MessageProgress(self._messages, lambda: self.cancelled)
        finally:
            self.cancelled = False
            self._messages.clear()

    def on_main_thread(self, act: Callable[[], T]) -> T:
        """Through Qt's event loop."""
        if QThread.currentThread() == self.thread():
            return act()
        asked: Future[T] = Future()
        self._asked.emit(partial(answer, asked, act))
        return asked.result()

    def remember(self, shot: Shot) -> None:
        """In the project file, or beside the paint where the shot was never saved."""
        shot.save(self._file())

    def remembered(self) -> Shot | None:
        """Of the project file."""
        try:
            return Shot.load(self._file())
        except InputError:
            return None

    def _file(self) -> Path:
        return self._document.path or self._autosave.folder / SHOT_FILE


class _MessageProgress:
    def __init__(self, messages: Messages, cancelled: Callable[[], bool]) -> None:
        self._messages, self._cancelled = messages, cancelled

    def show(self, fraction: float, text: str) -> bool:
        self._messages.say(text)
        return not self._cancelled()


def _seed_name(frame: int) -> str:
    return f"key {frame}"


class StandaloneAdapter:
    def __init__(self, document: Document, autosave: Autosave, plate: str) -> None:
        self.document, self.plate, self.seed = document, plate, "key 1001"
        self.host = StandaloneHost(document, autosave, Messages(document))

    def graph(self):
        return {"output": self.document.value("output.matte"), "keys": sorted(self.document.keys)}

    def undo(self) -> None:
        self.document.undo.undo()

    @contextmanager
    def cancelling(self):
        self.host.cancelled = True
        yield

    def point_at(self, plate: str) -> None:
        self.document.plate = replace(self.document.plate, spec=plate)

    def pump(self) -> None:
        QApplication.processEvents()


class TestStandalonePanel(HostCompliance):
    @pytest.fixture
    def adapter(self, qapp, make_shot_folder, tmp_path):
        folder = make_shot_folder(count=4)
        document = Document()
        autosave = Autosave(document)
        canvas = TrimapCanvas.from_file(folder.trimap_file(1001))
        info = PlateInfo(folder.plate, tuple(folder.frames), 96, 64)
        document.load(info, Shot(folder.plate, Output("")), {1001: canvas}, None)
        (tmp_path / "session").mkdir()
        autosave.start(tmp_path / "session")
        yield StandaloneAdapter(document, autosave, folder.plate)
        autosave.close()
