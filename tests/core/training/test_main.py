"""`stfam train` on a folder of pictures: every stage leaves weights that the next one starts from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from stfam.core.errors import InputError, UsageError
from stfam.core.network.weights import load_matting, load_propagation
from stfam.core.training.main import main

SIDE = 96


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Layout `folders`: a soft disc with alpha that moves, and a wall."""
    root = tmp_path_factory.mktemp("dataset")
    texture = cv2.resize(np.random.default_rng(0).integers(0, 255, (9, 9, 3), np.uint8), (SIDE, SIDE))
    rows, columns = np.indices((SIDE, SIDE))
    for name in ("foregrounds", "backgrounds"):
        (root / name).mkdir()
    for t in range(12):
        alpha = ((30 - np.hypot(rows - 48, columns - 40 - t)) / 8).clip(0, 1) * 255
        cv2.imwrite(str(root / f"foregrounds/disc.{t:04d}.png"), np.dstack([texture, alpha.astype(np.uint8)]))
    cv2.imwrite(str(root / "backgrounds/wall.png"), texture[::-1])
    return root


def _train(stage: str, dataset: Path, out: Path, *more: str) -> None:
    given = [stage, "--dataset", f"folders:{dataset}", "--out", str(out), "--steps", "1", "--batch", "1"]
    given += ["--size", "64", "--tile", "48", "--workers", "0", "--threads", "1"]
    assert main([*given, *more]) == 0


def test_the_stages_follow_one_another_on_a_data_set(dataset: Path, tmp_path: Path) -> None:
    _train("single", dataset, tmp_path)
    single = tmp_path / "single-matting.safetensors"
    assert load_matting(str(single), "cpu").config.window == 0
    assert (tmp_path / "single-sheet.png").is_file()
    _train("propagation", dataset, tmp_path)
    carrier = tmp_path / "propagation-propagation.safetensors"
    assert load_propagation(str(carrier), "cpu").config.name == "lite"
    _train("joint", dataset, tmp_path, "--start", str(single), "--propagation", str(carrier))
    assert load_matting(str(tmp_path / "joint-matting.safetensors"), "cpu").config.window == 2


@pytest.mark.parametrize("given", [[], ["--foregrounds", "a"], ["--dataset", "folders:a", "--backgrounds", "b"]])
def test_clips_come_from_one_place(given: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        main(["single", "--out", str(tmp_path), *given])


def test_a_data_set_without_clips_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no 'train' clips"):
        main(["single", "--dataset", f"dvm:{tmp_path}", "--out", str(tmp_path / "out")])
