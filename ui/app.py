"""`stfam panel`: the panel in a window of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from stfam.core.argument_parser import ArgumentParser
from stfam.core.errors import UsageError
from stfam.core.stopping import stopped_status
from stfam.ui.commands.file_commands import QueueSender
from stfam.ui.panel import Panel
from stfam.ui.theme.palette import dark_palette


def parser() -> ArgumentParser:
    """The command's arguments."""
    arguments = ArgumentParser(prog="stfam panel", description="Paint, propagate and matte in a window.")
    arguments.add_argument("path", nargs="?", metavar="SHOT|PLATE", help="a .stfam file, an image sequence or a movie")
    return arguments


def main(
    argv: Sequence[str],
    command: Callable[[], Sequence[str]] | None = None,
    queue: QueueSender | None = None,
    queue_command: Callable[[], Sequence[str]] | None = None,
) -> int:
    """Show the panel until it is closed; returns the exit status.

    Args:
        argv: arguments after `panel`.
        command: the worker's command line.
        queue: takes a saved shot to the batch queue.
        queue_command: the queue's command line, for the page that watches it.
    """
    chosen = parser().parse_args(list(argv))
    _check_display()
    app = QApplication.instance() or QApplication([sys.argv[0]])
    if isinstance(app, QApplication):
        app.setStyle("Fusion")
        app.setPalette(dark_palette())
        app.setApplicationName("stfam")
    panel = Panel(command, queue=queue, queue_command=queue_command)
    panel.show()
    if chosen.path:
        panel.open_path(chosen.path)  # which waits for the worker
    interrupt = _interruptible(panel)
    status = app.exec()
    interrupt.stop()
    return status


def _check_display() -> None:
    """Qt itself ends the process where a Linux machine has no display.

    Raises:
        UsageError: there is none, and $QT_QPA_PLATFORM names no other platform.
    """
    known = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(map(os.environ.get, known)):
        raise UsageError(
            "There is no display to show the panel on: neither $DISPLAY nor $WAYLAND_DISPLAY is set. Start it at a "
            "desktop, or render with `stfam render`."
        )


def _interruptible(panel: Panel) -> QTimer:
    """Lets Ctrl+C and the end of the session close the panel: Python needs a turn of the loop to see a signal."""

    def end(number: int, frame: object) -> None:
        panel.shut()
        QApplication.exit(stopped_status(number))

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    timer = QTimer()
    timer.setInterval(200)
    timer.timeout.connect(lambda: None)
    timer.start()
    return timer
