"""The training step's own arithmetic: what a clip of a batch counts for."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from stfam.core.network.builders import build_matting
from stfam.core.network.config import MATTING
from stfam.core.training.batches import Batch, collate
from stfam.core.training.losses import matting_losses
from stfam.core.training.stages import STAGES
from stfam.core.training.steps import FEW_PIXELS, SMALL_ERROR, USUAL_ERROR, encoded_tile, matting_step, relative_weights
from stfam.core.training.synthesis.types import TrainingClip

TERMS = ("alpha", "square", "blocks", "composition", "gradient", "kl", "temporal")


def test_an_easy_clip_counts_for_as_much_as_a_hard_one() -> None:
    alpha = torch.full((3, 1, 1, 64, 64), 0.5)
    unknown = torch.ones_like(alpha, dtype=torch.bool)
    unknown[2, ..., 2:] = False
    error = torch.tensor([0.02, 0.3, 0.3]).reshape(3, 1, 1, 1, 1)
    prediction = (alpha + error * unknown).requires_grad_()
    weights = relative_weights(prediction, alpha, unknown)
    many, few = 64 * 64, 64 * 2
    expected = [
        share * USUAL_ERROR / (e + SMALL_ERROR)
        for share, e in zip(
            (many / (many + FEW_PIXELS), many / (many + FEW_PIXELS), few / (few + FEW_PIXELS)), (0.02, 0.3, 0.3)
        )
    ]
    assert weights.tolist() == pytest.approx(expected, rel=1e-4)
    assert not weights.requires_grad


def test_a_clip_without_unknown_pixels_counts_for_nothing() -> None:
    alpha = torch.rand(1, 2, 1, 8, 8)
    assert relative_weights(1 - alpha, alpha, torch.zeros_like(alpha, dtype=torch.bool)).tolist() == [0]


def _batch(frames: int, clips: int) -> Batch:
    """Soft edges that move, another colour and speed in every clip."""
    made = []
    for index in range(clips):
        rng = np.random.default_rng(index)
        places = np.arange(64)[None, None] - 24 - (index + 1) * np.arange(frames)[:, None, None]
        alpha = np.broadcast_to(np.clip(places / (4 + 4 * index), 0, 1), (frames, 64, 64)).astype(np.float32)
        trimap = np.where(alpha == 0, 0, np.where(alpha == 1, 255, 128)).astype(np.uint8)
        fore, back = (np.broadcast_to(c, (frames, 64, 64, 3)).astype(np.uint8) for c in rng.integers(0, 255, (2, 3)))
        image = (alpha[..., None] * fore + (1 - alpha[..., None]) * back).astype(np.uint8)
        made.append(TrainingClip(image, alpha, fore, back, trimap, "hard", False))
    return collate(made)


def test_a_step_s_losses_are_those_of_its_windows_and_clips_one_by_one() -> None:
    torch.manual_seed(0)
    network = build_matting(replace(MATTING["lite"], window=1)).eval()
    stage = replace(STAGES["temporal"], window=1, tile=48, relative=False, terms=TERMS)
    batch = _batch(4, 2)
    with torch.no_grad():
        losses = matting_step(network, batch, stage, torch.Generator().manual_seed(3))
        frames, tile = encoded_tile(network, batch, 48, torch.Generator().manual_seed(3))
        alpha = torch.stack([network.decode(frames[t - 1 : t + 2]) for t in (1, 2)], 1)
        given = (tile.alpha, tile.image, tile.foreground, tile.background, tile.linear, tile.trimap == 128)
        parts = [x[:, 1:3] for x in given]
        clips = [matting_losses(*(x[b : b + 1] for x in (alpha, *parts)), terms=TERMS) for b in range(2)]
    for term in TERMS:
        assert losses[term] == pytest.approx(sum(float(clip[term]) for clip in clips) / 2, rel=1e-4, abs=1e-7), term


def test_clamped_windows_are_those_of_a_clip_whose_ends_are_repeated() -> None:
    torch.manual_seed(0)
    network = build_matting(replace(MATTING["lite"], window=1)).eval()
    stage = replace(STAGES["temporal"], window=1, tile=48, terms=TERMS)
    batch = _batch(4, 1)
    longer = Batch(*(getattr(batch, field.name)[:, [0, 0, 1, 2, 3, 3]] for field in fields(batch)))
    with torch.no_grad():
        clamped = matting_step(network, batch, replace(stage, clamped=1), torch.Generator().manual_seed(3))
        full = matting_step(network, longer, stage, torch.Generator().manual_seed(3))
    for term in TERMS:
        assert float(clamped[term]) == pytest.approx(float(full[term]), rel=1e-4, abs=1e-7), term
