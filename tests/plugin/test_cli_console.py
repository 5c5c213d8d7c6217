"""Progress on terminals."""

from __future__ import annotations

import io

import pytest

from stfam.core.job_events import FrameDone
from stfam.plugin.cli_console import listener


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("columns", "shown"), [(80, "[#######."), (40, "[###.........]"), (20, "1/4  frame 1001")])
def test_the_bar_fits_the_terminal(columns, shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    listener(False, terminal)(FrameDone(1001, 1, 4, 0.1, ()))
    line = terminal.getvalue().removeprefix("\r\x1b[2K")
    assert line.startswith(shown) and len(line) < columns


def test_a_dumb_terminal_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    listener(False, terminal)(FrameDone(1001, 1, 4, 0.1, ("m.exr",)))
    assert terminal.getvalue() == "Frame 1001 (1/4) 0.1s -> m.exr\n"
