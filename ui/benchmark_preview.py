"""From pressing Matte to the first alpha on screen: `python -m stfam.ui.benchmark_preview [PLATE]`.

A real panel with a real worker opens a 1080p plate (its own where none is given), a disc of unknown with foreground in
it is painted, and Matte In-Out is pressed. Printed are the seconds until the worker is warm, until the
first alpha is drawn at proxy size, and until it is drawn at full size.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from stfam.core.worker.messages import Warm
from stfam.ui.benchmark_worker import WORKER, made_plate, wait
from stfam.ui.link.frame_store import Wanted
from stfam.ui.panel import Panel

SIZE = (1920, 1080)
COUNT = 5
VIEW = (1600, 900)


@dataclass(frozen=True)
class PreviewTimes:
    """Seconds.

    Attributes:
        warm: from the start of the worker until the networks are ready, the plate opened in between.
        preview: from pressing Matte to the first alpha on screen.
        full: from pressing Matte to the same frame's alpha at full size on screen.
    """

    warm: float
    preview: float
    full: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m stfam.ui.benchmark_preview", description=__doc__)
    parser.add_argument("plate", nargs="?", help="a plate or movie; one is made where it is not given")
    options = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STFAM_CACHE"] = str(Path(folder) / "cache")
        plate = options.plate or made_plate(Path(folder) / "plate", SIZE, COUNT)
        times = measured(Path(folder), plate)
    print(f"worker warm {times.warm:6.2f} s after its start")
    print(f"first alpha {times.preview:6.2f} s after Matte was pressed, at proxy size")
    print(f"full size   {times.full:6.2f} s after Matte was pressed")
    return 0


def measured(folder: Path, plate: str) -> PreviewTimes:
    """Open, paint, press, look.

    Raises:
        TimeoutError: the worker does not answer.
    """
    start = time.perf_counter()
    panel = Panel(lambda: WORKER, QSettings(str(folder / "preview.ini"), QSettings.Format.IniFormat))
    panel.resize(*VIEW)
    panel.show()
    try:
        wait(lambda: panel.workplace.link.alive)
        panel.open_path(plate)
        wait(lambda: panel.workplace.document.plate is not None)
        warm = _warmed(panel) - start
        _paint(panel)
        return _press(panel, warm)
    finally:
        panel.workplace.document.undo.setClean()
        panel.shut()


def _warmed(panel: Panel) -> float:
    answered: list[float] = []
    panel.workplace.link.ask(Warm(), lambda _: answered.append(time.perf_counter()), lambda error: None)
    wait(lambda: bool(answered))
    return answered[0]


def _paint(panel: Panel) -> None:
    """A dab of unknown in the middle of the plate and a smaller one of foreground in it."""
    viewport, brush = panel.viewport, panel.workplace.brush
    plate = panel.workplace.document.plate
    assert plate is not None
    middle = QPointF(viewport.width() / 2, viewport.height() / 2)
    for label, size in ((128, plate.height * 0.6), (255, plate.height * 0.4)):
        brush.update(label=label, size=size)
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            event = QMouseEvent(kind, middle, viewport.mapToGlobal(middle), button, button, none)
            QApplication.sendEvent(viewport, event)


def _press(panel: Panel, warm: float) -> PreviewTimes:
    work, viewport = panel.workplace, panel.viewport
    panel.actions_by_id["view_alpha"].trigger()
    frame = work.playhead.frame
    wanted = Wanted(frame, "alpha", viewport.place.level(viewport.devicePixelRatioF()))

    def shown(proxy: bool) -> Callable[[], bool]:
        def look() -> bool:
            picture = work.store.at_hand(wanted)
            return picture is not None and picture.proxy is proxy

        return look

    pressed = time.perf_counter()
    panel.actions_by_id["matte_range"].trigger()
    seconds = []
    for proxy in (True, False):
        wait(shown(proxy))
        viewport.repaint()
        seconds.append(time.perf_counter() - pressed)
    return PreviewTimes(warm, *seconds)


if __name__ == "__main__":
    sys.exit(main())
