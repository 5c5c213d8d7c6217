"""Batches from other processes, and what ends them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch

from stfam.core.errors import InputError
from stfam.core.training.batches import ECHO_LAG, ClipBatches, loader, useful_workers
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


def _numbered(rng: np.random.Generator) -> TrainingClip:
    """A clip whose every value is one random number, but for its left column."""
    value = int(rng.integers(1, 255))
    pixels = np.full((1, 8, 8, 3), value, np.uint8)
    pixels[:, :, 0] = 0
    field = pixels[..., 0]
    return TrainingClip(pixels, field / np.float32(255), pixels, pixels, field, "hard", False)


def test_an_echoed_clip_is_read_again_and_again_far_apart_and_from_any_start() -> None:
    made = []

    def sampler(rng: np.random.Generator) -> TrainingClip:
        made.append(rng.integers(1 << 62))
        return _numbered(rng)

    batches = ClipBatches(sampler, seed=3, batch=4, echo=2)
    steps = [batch for _, batch in zip(range(3 * ECHO_LAG), batches)]
    assert len(set(made)) == len(made) == 4 * ECHO_LAG + 2 * 2 * ECHO_LAG
    values = [batch.image.flatten(1).amax(1) for batch in steps]
    for step in range(2 * ECHO_LAG):
        assert torch.equal(values[step][0::2], values[step + ECHO_LAG][1::2])
    later = next(iter(ClipBatches(sampler, seed=3, batch=4, start=ECHO_LAG + 5, echo=2)))
    for field in fields(later):
        assert torch.equal(getattr(later, field.name), getattr(steps[ECHO_LAG + 5], field.name))
    flipped = torch.stack([batch.image[:, 0, 0, 0, 0] > 0 for batch in steps]).float().mean()
    assert 0.3 < flipped < 0.7
    for batch in steps:
        assert torch.equal(batch.image[:, :, 0] > 0, batch.trimap[:, :, 0] > 0)


@pytest.mark.parametrize(("asked", "echo", "useful"), [(15, 3, 12), (24, 2, 24), (40, 2, 24), (0, 2, 0), (15, 1, 15)])
def test_what_makes_a_clip_makes_its_later_readings_too(asked: int, echo: int, useful: int) -> None:
    assert useful_workers(asked, echo) == useful
