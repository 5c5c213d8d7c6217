"""The training step's own arithmetic: what a clip of a batch counts for."""

from __future__ import annotations

import pytest
import torch

from stfam.core.training.steps import FEW_PIXELS, SMALL_ERROR, USUAL_ERROR, relative_weights


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
