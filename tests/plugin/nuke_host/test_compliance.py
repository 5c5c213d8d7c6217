"""The compliance suite against the adapter for Nuke, on the typed fake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from host_compliance import HostCompliance

from stfam.plugin.host.interface import HostError


class NukeAdapter:
    def __init__(self, nuke, script) -> None:
        from stfam.plugin.nuke_host.host import NukeHost

        self._nuke = nuke
        node, self._read, folder = script
        self.host, self.plate, self.seed = NukeHost(node), folder.plate, "Roto1"

    def graph(self):
        return self._nuke._graph()

    def undo(self) -> None:
        self._nuke.undo()

    @contextmanager
    def cancelling(self):
        self._nuke._cancel_next_task = True
        yield

    def point_at(self, plate: str) -> None:
        self._nuke.toNode("Read1")["file"].setValue(plate.replace("####", "%04d"))

    def pump(self) -> None:
        self._nuke._pump()


class TestNuke(HostCompliance):
    @pytest.fixture
    def adapter(self, nuke, script):
        return NukeAdapter(nuke, script)


def test_a_nuke_that_shuts_down_and_runs_nothing_is_said(nuke, script, monkeypatch):
    from stfam.plugin.nuke_host.host import NukeHost

    monkeypatch.setattr(nuke, "executeInMainThreadWithResult", lambda *_: None)
    host = NukeHost(script[0])
    with ThreadPoolExecutor(1) as other, pytest.raises(HostError, match="shutting down"):
        other.submit(host.on_main_thread, lambda: 1).result()
