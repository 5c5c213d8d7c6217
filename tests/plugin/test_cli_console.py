"""What a terminal and a log show of a job."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

from stfam.core.errors import InputError
from stfam.core.job_events import FrameDone, FrameFailed, JobFinished, JobStarted, Notice
from stfam.plugin.cli_console import PlainLog, TerminalLog, bar, clock_text, listener, print_error

EVENTS = [
    (JobStarted("render", 5, (1, 2), "cpu"),
     ["3 of 5 frames to render on cpu", "2 frames are finished and still hold: skipped"]),
    (JobStarted("matte", 2, (), None), ["2 of 2 frames to matte"]),
    (FrameDone(1003, 1, 3, 1.25, ("m.exr", "f.exr")), ["Frame 1003 (1/3) 1.2s -> m.exr f.exr"]),
    (Notice("plate", "It is turned."), ["Note: It is turned."]),
    (JobFinished(2, 2, 1, 61), ["2 frames written, 2 skipped, 1 failed in 1:01"]),
]  # fmt: skip


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0s"), (59.4, "59s"), (59.6, "1:00"), (200, "3:20"), (3599, "59:59"), (3600, "1:00:00"), (3723, "1:02:03")],
)
def test_durations_as_people_read_them(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_a_log_has_a_line_for_each_event(capsys: pytest.CaptureFixture[str]) -> None:
    out = StringIO()
    log = listener(False, out)
    assert isinstance(log, PlainLog)
    for event, _ in EVENTS:
        log(event)
    assert out.getvalue().splitlines() == [line for _, lines in EVENTS for line in lines]
    log(FrameFailed(4, "It is empty.", "UnreadableFrameError"))
    assert capsys.readouterr().err == "ERROR: Frame 4: It is empty.\n"


def test_a_terminal_has_a_bar_below_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert bar(0, 0, 0, 1).startswith(f"[{'.' * 30}] 0/0  frame 1")
    assert bar(1, 3, 20, 1003) == f"[{'#' * 10}{'.' * 20}] 1/3  frame 1003  40s left"
    assert bar(3, 3, 60, 1005) == f"[{'#' * 30}] 3/3  frame 1005  0s left"
    out = Terminal()
    log = listener(False, out)
    assert isinstance(log, TerminalLog)
    for event, _ in EVENTS:
        log(event)
    shown = out.getvalue().split("\r\x1b[2K")
    assert shown[3].endswith("1/3  frame 1003  0s left"), "a bar, and no line"
    del shown[3]
    assert "".join(shown).splitlines() == [line for event, lines in EVENTS for line in lines if "->" not in line]


@pytest.mark.parametrize(("columns", "shown"), [(80, "[#######."), (40, "[###.........]"), (20, "1/4  frame 1001")])
def test_the_bar_fits_the_terminal(columns: int, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    listener(False, terminal)(FrameDone(1001, 1, 4, 0.1, ()))
    line = terminal.getvalue().removeprefix("\r\x1b[2K")
    assert line.startswith(shown) and len(line) < columns


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    listener(False, terminal)(FrameDone(1001, 1, 4, 0.1, ("m.exr",)))
    assert terminal.getvalue() == "Frame 1001 (1/4) 0.1s -> m.exr\n"


@pytest.mark.parametrize(("term", "before"), [("xterm", "\r\x1b[2K"), ("dumb", "")])
def test_an_error_takes_the_bar_off_a_terminal(monkeypatch: pytest.MonkeyPatch, term: str, before: str) -> None:
    monkeypatch.setenv("TERM", term)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())
    print_error(InputError("It is empty."), False, 3)
    assert sys.stdout.getvalue() == before  # type: ignore[attr-defined]
    assert sys.stderr.getvalue() == "ERROR: It is empty.\n"  # type: ignore[attr-defined]
