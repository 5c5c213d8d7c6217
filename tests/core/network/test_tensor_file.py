"""Tensors on disk: whole or named as damaged, readable as the account's other files are."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import torch

from stfam.core.errors import WeightsError, WriteError
from stfam.core.network.tensor_file import misfit, read_tensors, write_tensors

TENSORS = {"a.weight": torch.arange(600.0).reshape(2, 300), "steps": torch.tensor(3)}


def test_tensors_and_metadata_come_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.safetensors"
    write_tensors(path, TENSORS, {"step": "7"})
    tensors, metadata = read_tensors(path)
    assert metadata == {"step": "7"} and tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], value) for name, value in TENSORS.items())
    assert [p.name for p in path.parent.iterdir()] == ["x.safetensors"]


@pytest.mark.skipif(os.name == "nt", reason="a mask is POSIX's")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)], ids=["shared", "private"])
def test_others_may_read_it_as_the_account_says(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        write_tensors(tmp_path / "x.safetensors", TENSORS, {})
    finally:
        os.umask(before)
    assert (tmp_path / "x.safetensors").stat().st_mode & 0o777 == mode


def test_a_full_disk_leaves_what_was_there_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.safetensors"
    write_tensors(path, TENSORS, {"step": "7"})

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match=r"x\.safetensors could not be written: No space left on device"):
        write_tensors(path, TENSORS, {"step": "8"})
    assert read_tensors(path)[1] == {"step": "7"}
    assert [p.name for p in tmp_path.iterdir()] == ["x.safetensors"]


@pytest.mark.parametrize("kept", [0, 5, 200, -1], ids=["empty", "no head", "half a head", "a byte short"])
def test_a_file_cut_short_is_named(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "x.safetensors"
    write_tensors(path, TENSORS, {"note": "n" * 300})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WeightsError, match=r"x\.safetensors is damaged or is not a weights file"):
        read_tensors(path)


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        (TENSORS, None),
        ({"steps": TENSORS["steps"]}, "it has no a.weight"),
        ({**TENSORS, "steps": torch.zeros(2)}, "its steps is (2,), and () is expected"),
        ({**TENSORS, "b": torch.zeros(2)}, "the network has no b"),
    ],
    ids=["fits", "lacks", "shape", "more"],
)
def test_what_does_not_fit_is_said(tensors: dict[str, torch.Tensor], said: str | None) -> None:
    assert misfit(tensors, TENSORS) == said
