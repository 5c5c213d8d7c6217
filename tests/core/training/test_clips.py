"""Clips whose trimaps a propagation network carried."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stfam.core.training import clips
from stfam.core.training.synthesis.trimaps import TrimapStyle
from stfam.core.training.synthesis.types import TrainingClip


def _square(rng: np.random.Generator, *, frames: int, size: int, style: TrimapStyle | None = None) -> TrainingClip:
    alpha = np.zeros((frames, size, size), np.float32)
    trimap = np.zeros((frames, size, size), np.uint8)
    for t in range(frames):
        trimap[t, 14:50, 10 + 2 * t : 46 + 2 * t], trimap[t, 22:42, 18 + 2 * t : 38 + 2 * t] = 128, 255
        alpha[t, 18:46, 14 + 2 * t : 42 + 2 * t] = 1
    colour = np.full((frames, size, size, 3), 200, np.uint8)
    image = (colour * alpha[..., None]).astype(np.uint8)
    return TrainingClip(image, alpha, colour, np.zeros_like(colour), trimap, "hard", False)


def _joint(seed: int, share: float) -> TrainingClip:
    rng = np.random.default_rng(seed)
    return clips.joint_clip(rng, source=_square, frames=3, size=64, share=share, weights="lite")


def test_painted_trimaps_stay_where_none_is_carried() -> None:
    painted = _square(np.random.default_rng(0), frames=3, size=64)
    assert np.array_equal(_joint(0, share=0.0).trimap, painted.trimap)


def test_trimaps_are_carried_from_either_end() -> None:
    painted = _square(np.random.default_rng(0), frames=3, size=64)
    kept = set()
    for seed in range(6):
        carried = _joint(seed, share=1.0)
        assert np.array_equal(carried.image, painted.image)
        assert carried.trimap.dtype == np.uint8 and set(np.unique(carried.trimap)) <= {0, 128, 255}
        same = [np.array_equal(carried.trimap[t], painted.trimap[t]) for t in (0, 2)]
        assert sum(same) == 1, "the key is verbatim, the far end is the network's"
        kept.add(same.index(True))
    assert kept == {0, 1}


def test_missing_propagation_weights_are_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    weights = str(tmp_path / "nothing.safetensors")
    with pytest.raises(Exception, match=r"nothing\.safetensors"):
        clips.joint_clip(rng, source=_square, frames=3, size=64, share=1.0, weights=weights)
