"""Tiny clips with truth: a soft disc that moves over a textured ground."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from stfam.core.network.builders import build_matting
from stfam.core.network.config import MATTING as CONFIGURATIONS
from stfam.core.network.weights import save_weights
from stfam.core.training.synthesis.validation import MATTING, ValidationClip

SIDE = 64
ClipMaker = Callable[..., ValidationClip]


def disc_clip(
    name: str, *, frames: int = 3, speed: float = 2.0, kind: str = "blur", purpose: str = MATTING
) -> ValidationClip:
    """A red disc with a soft edge moves to the right over grey noise; the trimap is exact."""
    rng = np.random.default_rng(len(name))
    rows, columns = np.indices((SIDE, SIDE), np.float32)
    centres = 24 + speed * np.arange(frames)
    distance = np.stack([np.hypot(rows - 32, columns - x) for x in centres])
    alpha = ((18 - distance) / 6).clip(0, 1).astype(np.float32)
    trimaps = np.where((distance > 10) & (distance < 20), 128, np.where(distance < 15, 255, 0)).astype(np.uint8)
    ground = rng.integers(60, 120, (SIDE, SIDE, 1)) * np.ones(3)
    colour = np.array([220.0, 40.0, 30.0])
    images = alpha[..., None] * colour + (1 - alpha[..., None]) * ground
    return ValidationClip(name, kind, purpose, np.rint(images).astype(np.uint8), alpha, trimaps, rendered=False)


@pytest.fixture
def make_clip() -> ClipMaker:
    return disc_clip


@pytest.fixture
def store_clips(tmp_path: Path) -> Callable[..., Path]:
    """Writes clips as the validation set keeps them; their names must be those of its plans."""

    def store(*clips: ValidationClip) -> Path:
        folder = tmp_path / "clips"
        folder.mkdir(exist_ok=True)
        for clip in clips:
            note = {"name": clip.name, "kind": clip.kind, "purpose": clip.purpose, "rendered": clip.rendered}
            alpha = np.rint(clip.alpha * 65535).astype(np.uint16)
            np.savez(
                folder / f"{clip.name}.npz",
                images=clip.images,
                alpha=alpha,
                trimaps=clip.trimaps,
                note=np.array(json.dumps(note)),
            )
        return folder

    return store


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Single-frame weights that a study starts from."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("start") / "single-matting.safetensors"
    save_weights(build_matting(replace(CONFIGURATIONS["lite"], window=0)), path, kind="matting")
    return path
