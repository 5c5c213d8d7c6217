"""Signals that repeat: whole events, one of them the error, one exit status; without one the handlers are put back."""

from __future__ import annotations

import io
import json
import signal
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("POSIX signals", allow_module_level=True)

from stfam.core.errors import Cancelled
from stfam.core.job_events import Notice
from stfam.plugin.cli_console import listener
from stfam.plugin.cli_render import run_step
from stfam.plugin.cli_signals import StopSignals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers():
    """As in a terminal, also where the tests themselves run under `nohup`."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield {**before, signal.SIGHUP: signal.SIG_DFL}
    for number, handler in before.items():
        signal.signal(number, handler)


def test_without_a_signal_the_handlers_are_put_back(handlers):
    with StopSignals() as signals:
        assert not signals.cancelled()
    assert {number: signal.getsignal(number) for number in SIGNALS} == handlers


def test_what_nohup_passes_over_is_passed_over():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with StopSignals() as signals:
        signal.raise_signal(signal.SIGHUP)
        assert not signals.cancelled()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_only_another_ctrl_c_stops_at_once():
    with StopSignals() as signals:
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
        assert signals.cancelled() and signals.exit_status == 143
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert signals.exit_status == 143


class Writes(io.StringIO):
    """A stream that tells its writes apart."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def write(self, text):
        self.texts.append(text)
        return len(text)


def test_an_event_is_one_write_that_a_signal_cannot_cut():
    stream = Writes()
    listener(True, stream)(Notice("plate", "Zwei Bilder fehlen."))
    (line,) = stream.texts
    assert line.endswith("\n") and json.loads(line)["message"] == "Zwei Bilder fehlen."


STOPS = {
    "ctrl-c": ([signal.SIGINT], 130),
    "term": ([signal.SIGTERM], 143),
    "ctrl-c twice": ([signal.SIGINT] * 2, 130),
    "ctrl-c again and again": ([signal.SIGINT] * 5, 130),
    "the terminal closes": ([signal.SIGHUP], 143),
    "term twice": ([signal.SIGTERM] * 2, 143),
    "term again and again": ([signal.SIGTERM] * 5, 143),
    "term, then ctrl-c": ([signal.SIGTERM, signal.SIGINT], 143),
    "ctrl-c, then term": ([signal.SIGINT, signal.SIGTERM], 130),
}


@pytest.mark.parametrize(("numbers", "status"), STOPS.values(), ids=STOPS)
def test_the_error_event_carries_the_status_that_the_process_ends_with(numbers, status, monkeypatch, capsys):
    def stopped(*_args, cancelled, **_options):
        try:
            for number in numbers[:2]:
                signal.raise_signal(number)
        finally:  # a job that tidies up
            for number in numbers[2:]:
                signal.raise_signal(number)
        assert cancelled()
        raise Cancelled("Cancelled; finished frames are kept.")

    monkeypatch.setattr("stfam.core.render.render", stopped)
    assert run_step("render", ["p.####.exr", "--key", "1=t.png", "--out", "m.####.exr", "--json"]) == status
    signal.raise_signal(signal.SIGTERM)  # on the way out
    output = capsys.readouterr()
    (event,) = [json.loads(line) for line in output.out.splitlines()]
    assert (event["event"], event["kind"], event["exit_status"]) == ("error", "Cancelled", status)
    assert output.err.startswith("ERROR: Cancelled")
