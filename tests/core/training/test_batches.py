"""Batches from other processes, and what ends them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stfam.core.errors import InputError
from stfam.core.training.batches import ClipBatches, loader
from stfam.core.training.synthesis.types import TrainingClip


def _second_is_bad(rng: np.random.Generator) -> TrainingClip:
    if rng.integers(1 << 62) != np.random.default_rng((0, 0, 0)).integers(1 << 62):
        raise InputError("bad.png is not a picture with alpha.", path="bad.png")
    pixels = np.zeros((1, 8, 8, 3), np.uint8)
    return TrainingClip(pixels, np.zeros((1, 8, 8), np.float32), pixels, pixels, pixels[..., 0], "hard", False)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_bad_file_ends_the_batches_with_its_sentence_alone(workers: int) -> None:
    batches = iter(loader(ClipBatches(_second_is_bad, seed=0, batch=1), workers=workers))
    assert next(batches).image.shape == (1, 1, 3, 8, 8)
    with pytest.raises(InputError) as caught:
        next(batches)
    assert str(caught.value) == "bad.png is not a picture with alpha."
    assert caught.value.data == {"path": "bad.png"}


def test_samples_made_in_the_step_s_own_process_leave_its_threads_alone() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        next(iter(loader(ClipBatches(_second_is_bad, seed=0, batch=1), workers=0)))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
