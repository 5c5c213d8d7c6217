"""Trimaps that are carried before their turn are kept outside memory."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stfam.core.engine.share_store import Carried, ShareStore
from stfam.core.errors import WriteError
from stfam.core.network.box import Box


def test_the_store_keeps_shares_of_any_size_with_their_views() -> None:
    store = ShareStore()
    kept = {
        frame: Carried(torch.full((1, 3, 32 * (1 + frame % 3), 64), frame, dtype=torch.uint8), Box(frame, 0, 64, 64))
        for frame in range(9)
    }
    for frame in (0, 1, 2, 3):
        store.put(frame, kept[frame])
    for frame in (1, 3):
        taken = store.take(frame)
        assert taken is not None and taken.view == kept[frame].view and torch.equal(taken.shares, kept[frame].shares)
    for frame in (4, 5, 6, 7, 8):
        store.put(frame, kept[frame])
    for frame in (8, 0, 5, 2, 4, 6, 7):
        taken = store.take(frame)
        assert taken is not None and torch.equal(taken.shares, kept[frame].shares)
    assert store.take(0) is None
    store.close()


def test_a_full_disk_of_temporary_files_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("r+b") as full:
        monkeypatch.setattr("tempfile.TemporaryFile", lambda prefix: full)
        store = ShareStore()
        with pytest.raises(WriteError, match=r"No space left on device.*TMPDIR"):
            store.put(1, Carried(torch.zeros((1, 3, 32, 64), dtype=torch.uint8), Box(0, 0, 32, 64)))
        store.close()
