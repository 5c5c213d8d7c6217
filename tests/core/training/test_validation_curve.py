"""How a stage does while it trains: measured, noted, and the best kept."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from stfam.core.errors import WriteError
from stfam.core.network.builders import build_matting, build_propagation
from stfam.core.network.config import MATTING, PROPAGATION
from stfam.core.training import validation_curve
from stfam.core.training.batches import collate
from stfam.core.training.sheet import propagation_sheet
from stfam.core.training.stages import STAGES
from stfam.core.training.synthesis.types import TrainingClip
from stfam.core.training.synthesis.validation import MATTING as MATTED
from stfam.core.training.synthesis.validation import PROPAGATION as CARRIED
from stfam.core.training.synthesis.validation import ValidationClip
from stfam.core.training.validation_curve import ValidationCurve, missed_overlap, one_of_each_kind, purpose_of


def clip(name: str, purpose: str = MATTED) -> ValidationClip:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (3, 64, 96, 3), np.uint8)
    trimaps = np.zeros((3, 64, 96), np.uint8)
    trimaps[:, 16:48, 24:72] = 128
    trimaps[:, 26:38, 40:56] = 255
    alpha = trimaps.astype(np.float32) / 255
    return ValidationClip(name, name.split("-")[0], purpose, images, alpha, trimaps, rendered=False)


def kernel(path: Path) -> torch.Tensor:
    """A kernel that tells two files of weights apart."""
    return load_file(str(path))["decoder.entry.0.0.weight"]


def test_one_clip_of_each_kind_is_looked_at() -> None:
    clips = [clip("hair-0"), clip("hair-1"), clip("fur-0"), clip("smoke-0", CARRIED)]
    assert [c.name for c in one_of_each_kind(clips, purpose_of(STAGES["single"]))] == ["hair-0", "fur-0"]
    assert [c.name for c in one_of_each_kind(clips, purpose_of(STAGES["propagation"]))] == ["smoke-0"]


def test_the_best_weights_are_kept_and_a_resumed_run_drops_later_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([3.0, 1.0, 2.0, 0.5])
    monkeypatch.setattr(validation_curve, "evaluate_matting", lambda *_: {"SAD": 9.0, "MSE": next(scores)})
    curve = ValidationCurve(STAGES["single"], tmp_path, [])
    networks = [build_matting(replace(MATTING["lite"], window=0)) for _ in range(2)]
    kept = []
    for step, network in zip((10, 20, 30), (*networks, networks[0])):
        assert curve.look(step, network)["SAD"] == 9.0
        kept.append(kernel(curve.best))
    assert not torch.equal(kept[0], kept[1]) and torch.equal(kept[1], kept[2])
    assert curve.log.read_text().split() == ["step,SAD,MSE", "10,9,3", "20,9,1", "30,9,2"]
    curve.look(20, networks[0])
    assert curve.log.read_text().split() == ["step,SAD,MSE", "10,9,3", "20,9,0.5"]
    assert torch.equal(kernel(curve.best), kept[0])
    assert (tmp_path / "single-validation.png").read_bytes().startswith(b"\x89PNG")


def test_a_full_disk_leaves_the_rows_that_were_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = iter([1.0, 2.0])
    monkeypatch.setattr(validation_curve, "evaluate_matting", lambda *_: {"MSE": next(scores)})
    curve = ValidationCurve(STAGES["single"], tmp_path, [])
    network = build_matting(replace(MATTING["lite"], window=0))
    curve.look(10, network)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match=r"single-validation\.csv could not be written: No space left"):
        curve.look(20, network)
    assert curve.log.read_text().split() == ["step,MSE", "10,1"]


def test_a_real_network_is_measured(tmp_path: Path) -> None:
    torch.manual_seed(0)
    matting = ValidationCurve(STAGES["single"], tmp_path, [clip("hair-0")])
    scores = matting.look(1, build_matting(replace(MATTING["lite"], window=0)))
    assert set(scores) == {"SAD", "MSE", "dtSSD"} and all(value > 0 for value in scores.values())
    propagation = ValidationCurve(STAGES["propagation"], tmp_path, [clip("hair-0", CARRIED)])
    network = build_propagation(PROPAGATION["lite"])
    assert 0 <= propagation.look(1, network)["missed"] <= 1
    assert propagation.best.is_file()


def test_a_trimap_that_stays_is_missed_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    given = clip("hair-0", CARRIED)
    monkeypatch.setattr(validation_curve, "propagate_clip", lambda network, images, key, device: given.trimaps)
    assert missed_overlap(build_propagation(PROPAGATION["lite"]), [given]) == 0


def test_a_sheet_of_carried_trimaps() -> None:
    torch.manual_seed(0)
    given = clip("hair-0")
    sample = TrainingClip(given.images, given.alpha, given.images, given.images, given.trimaps, "hair", False)
    sheet = propagation_sheet(build_propagation(PROPAGATION["lite"]), collate([sample, sample]))
    assert sheet.shape == (128, 480, 3) and sheet.dtype == np.uint8
    assert np.array_equal(sheet[:64, :96], given.images[0])
    assert np.array_equal(sheet[:64, 96:192, 0], given.trimaps[0])
