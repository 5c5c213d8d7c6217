"""Frame times of painting and scrubbing: `python -m stfam.ui.benchmark`.

Painting: strokes on a 4K key trimap over a 4K plate, from the pointer event to the drawn picture, and the share of
them shown within one frame of a 60 Hz screen. Scrubbing: cached 1080p frames, from the playhead's move to the drawn
picture, and how many of them a second; first pictures that the panel has mapped already, then pictures that lie in the
cache of a real worker and have to be asked for.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from stfam.core.shot import Output, Shot
from stfam.ui.benchmark_worker import scrubbed_with_worker
from stfam.ui.link.frame_store import FrameStore, Wanted
from stfam.ui.link.mapped_picture import Picture, map_picture
from stfam.ui.link.worker_link import WorkerLink
from stfam.ui.model.brush_state import BrushState
from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates
from stfam.ui.model.messages import Messages
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.playhead import Playhead
from stfam.ui.model.trimap_canvas import TrimapCanvas
from stfam.ui.model.view_state import ViewState
from stfam.ui.paint.hand import PaintingHand
from stfam.ui.viewer.viewport import Viewport

PAINTED = (4096, 2160)
SCRUBBED = (1920, 1080)
SCRUBBED_FRAMES = 48
STROKE_MOVES = 10
"""Events of one stroke."""

FRAME_SECONDS = 0.016
"""Within which a stroke must be shown."""

SCRUB_RATE = 24.0
"""Frames a second that scrubbing must reach."""


class FileStore(FrameStore):
    """A store whose pictures lie in files of this process, mapped as the worker's are."""

    def __init__(self, folder: Path, size: tuple[int, int], frames: Sequence[int]) -> None:
        super().__init__(WorkerLink(list))
        width, height = size
        self._files: dict[Wanted, Picture] = {}
        for frame in frames:
            for level in range(3):
                self._add(folder, frame, level, max(1, width >> level), max(1, height >> level))

    def picture(self, wanted: Wanted) -> Picture | None:
        """The plate of a frame; every other layer is missing."""
        return self._files.get(wanted)

    def _add(self, folder: Path, frame: int, level: int, width: int, height: int) -> None:
        path = folder / f"{width}x{height}-{frame}.raw"
        row = bytes(value for x in range(width) for value in ((x + frame * 8) % 256, x * 3 % 256, 90, 255))
        path.write_bytes(row * height)
        answer = {"path": str(path), "width": width, "height": height, "stride": width * 4, "format": "rgb32"}
        self._files[Wanted(frame, "plate", level)] = map_picture({**answer, "stale": False, "proxy": False}, level)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m stfam.ui.benchmark", description=__doc__)
    parser.add_argument("--view", default="1600x900", help="size of the viewport")
    options = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    view = tuple(int(side) for side in options.view.split("x"))
    app = QApplication.instance() or QApplication([])
    print(f"viewport {options.view}, platform {app.platformName() if isinstance(app, QApplication) else '?'}")
    with tempfile.TemporaryDirectory() as folder:
        for name, times in measured(Path(folder), (view[0], view[1])).items():
            print(report(name, times), f" {verdict(name, times)}", flush=True)
    return 0


def measured(folder: Path, view: tuple[int, int]) -> dict[str, list[float]]:
    """Seconds of each drawn step, by name."""
    times: dict[str, list[float]] = {}
    for zoom in ("fit", "100 %"):
        scene = Scene(folder, PAINTED, range(1), view)
        times[f"paint 4096x2160, brush 60 px, {zoom}"] = scene.paint(60, zoom)
        times[f"paint 4096x2160, brush 400 px, {zoom}"] = scene.paint(400, zoom)
    scene = Scene(folder, SCRUBBED, range(SCRUBBED_FRAMES), view)
    times["scrub 1920x1080, fit"] = scene.scrub("fit")
    times["scrub 1920x1080, 100 %"] = scene.scrub("100 %")
    scene.viewport.close()
    times["scrub 1920x1080, pictures of the worker"] = scrubbed_with_worker(folder, SCRUBBED, SCRUBBED_FRAMES, view)
    return times


def report(name: str, times: Sequence[float]) -> str:
    """One line: median, 95th of a hundred, worst."""
    ordered = sorted(times)
    median, high = statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
    figures = f"median {median * 1e3:6.2f} ms  95 % {high * 1e3:6.2f} ms  worst {ordered[-1] * 1e3:6.2f} ms"
    return f"{name:<42} {figures} "


def verdict(name: str, times: Sequence[float]) -> str:
    """The figure that a step is judged by."""
    if name.startswith("paint"):
        return f"{share_within(times):5.1f} % within {FRAME_SECONDS * 1e3:.0f} ms"
    return f"{rate(times):.0f} frames a second all told (at least {SCRUB_RATE:.0f} wanted)"


def share_within(times: Sequence[float]) -> float:
    """Percentage of the steps that took `FRAME_SECONDS` at most."""
    return 100 * sum(time <= FRAME_SECONDS for time in times) / len(times)


def rate(times: Sequence[float]) -> float:
    """Steps a second over all of them, the slow ones counted."""
    return len(times) / sum(times)


class Scene:
    """A viewport with a plate and one key trimap."""

    def __init__(self, folder: Path, size: tuple[int, int], frames: Sequence[int], view: tuple[int, int]) -> None:
        self.document, self.playhead, self.brush, shown = Document(), Playhead(), BrushState(), ViewState()
        plate = PlateInfo("benchmark.####.exr", tuple(frames), *size)
        store = FileStore(folder, size, frames)
        hand = PaintingHand(self.document, self.playhead, shown, self.brush, lambda frame: True, Messages())
        self.viewport = Viewport(self.document, self.playhead, shown, self.brush, FrameStates(), store, hand)
        self.viewport.resize(*view)
        keys = {frames[0]: TrimapCanvas(*size)}
        self.document.load(plate, Shot(plate.spec, Output("")), keys, None)
        self.playhead.load(plate.frames, 24.0)
        self.viewport.show()
        QApplication.processEvents()

    def paint(self, size: float, zoom: str) -> list[float]:
        """Drag a brush across the view, stroke after stroke: from each press, move and release to its picture."""
        self.brush.update(label=255, size=size, hardness=0.6)
        self._zoom(zoom)
        width, height = self.viewport.width(), self.viewport.height()
        path = [QPointF(0.1 * width + 0.008 * i * width, 0.5 * height + 40 * (i % 7 - 3)) for i in range(100)]
        times: list[float] = []
        for start in range(0, len(path), STROKE_MOVES):
            stroke = path[start : start + STROKE_MOVES]
            kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * (len(stroke) - 2)]
            for kind, at in zip([*kinds, QEvent.Type.MouseButtonRelease], stroke, strict=True):
                times.append(self._timed(lambda kind=kind, at=at: self._send(kind, at)))  # type: ignore[misc]
        return times

    def scrub(self, zoom: str) -> list[float]:
        """Go through the frames: from each move of the playhead to its picture."""
        self._zoom(zoom)
        frames = self.document.plate.frames if self.document.plate else ()
        order = [*frames[1:], *frames[::-1][1:]]
        return [self._timed(lambda frame=frame: self.playhead.go(frame)) for frame in order]  # type: ignore[misc]

    def _zoom(self, zoom: str) -> None:
        self.viewport.fit()
        if zoom != "fit":
            self.viewport.zoom_to(1.0)
        QApplication.processEvents()

    def _timed(self, act: Callable[[], None]) -> float:
        start = time.perf_counter()
        act()
        QApplication.processEvents()
        return time.perf_counter() - start

    def _send(self, kind: QEvent.Type, at: QPointF) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, self.viewport.mapToGlobal(at), left, left, none)
        QApplication.sendEvent(self.viewport, event)


if __name__ == "__main__":
    sys.exit(main())
