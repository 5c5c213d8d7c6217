"""Weights as they ship."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from stfam.core.file_hash import file_sha256
from stfam.core.network.builders import build_matting
from stfam.core.network.config import MATTING
from stfam.core.network.weights import MANIFEST, load_matting, save_weights
from stfam.core.training.release import main


@pytest.fixture
def single(tmp_path: Path) -> Path:
    """Matting weights that read one frame, on the grid of half floats."""
    torch.manual_seed(0)
    network: nn.Module = build_matting(dataclasses.replace(MATTING["lite"], window=0))
    network.half().float()
    path = tmp_path / "single-matting.safetensors"
    save_weights(network, path, kind="matting")
    return path


def test_one_frame_s_weights_ship_as_they_are_and_inflated(tmp_path: Path, single: Path) -> None:
    out, record = tmp_path / "weights", tmp_path / "record.json"
    out.mkdir()
    record.write_text(json.dumps({"single": {"licence": "ours"}}))
    assert main(["--matting", str(single), "--single", str(single), "--record", str(record), "--out", str(out)]) == 0
    wide, narrow = out / "lite-matting.safetensors", out / "lite-single-matting.safetensors"
    entries = {entry["file"]: entry for entry in json.loads((out / MANIFEST).read_text())["files"]}
    digests = {name: entry["sha256"] for name, entry in entries.items()}
    assert digests == {path.name: file_sha256(path) for path in (wide, narrow)}
    assert entries[narrow.name]["licence"] == "ours" and "licence" not in entries[wide.name]
    assert [entries[path.name]["config"]["window"] for path in (wide, narrow)] == [2, 0]
    assert [load_matting(str(path)).config.window for path in (wide, narrow)] == [2, 0]


def test_what_is_released_later_leaves_the_other_entries(tmp_path: Path, single: Path) -> None:
    for kind in ("matting", "single"):
        assert main([f"--{kind}", str(single), "--out", str(tmp_path)]) == 0
    assert len(json.loads((tmp_path / MANIFEST).read_text())["files"]) == 2


def test_of_several_files_the_mean_ships(tmp_path: Path, single: Path) -> None:
    other = tmp_path / "other.safetensors"
    before = load_file(str(single))
    save_file({name: 3 * v if v.is_floating_point() else v for name, v in before.items()}, str(other))
    assert main(["--single", str(single), str(other), "--out", str(tmp_path)]) == 0
    shipped = load_file(str(tmp_path / "lite-single-matting.safetensors"))
    assert any(value.is_floating_point() for value in before.values())
    for name, value in before.items():
        expected = 2 * value.float() if value.is_floating_point() else value
        assert torch.allclose(shipped[name].to(expected.dtype), expected, rtol=1e-3), name
