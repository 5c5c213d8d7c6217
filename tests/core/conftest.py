"""Renders within a test's own process read the weights once, as a process that renders shot after shot does."""

from __future__ import annotations

import pytest

from stfam.core.networks import KeptNetworks

_KEPT = KeptNetworks()


@pytest.fixture(autouse=True)
def _weights_are_read_once(monkeypatch):
    monkeypatch.setattr("stfam.core.render.FreshNetworks", lambda: _KEPT)
