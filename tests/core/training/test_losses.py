"""Losses against values by hand, gradients, and empty regions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from stfam.core.training import losses
from stfam.core.training.batches import collate
from stfam.core.training.synthesis.compositing import composite
from stfam.core.training.synthesis.types import TrainingClip


def _clip(*values: float) -> torch.Tensor:
    return torch.tensor(values).reshape(1, -1, 1, 1, 1).expand(1, len(values), 1, 4, 4).clone()


def test_alpha_loss_by_hand() -> None:
    unknown = torch.zeros(1, 1, 1, 4, 4, dtype=torch.bool)
    unknown[..., :2] = True
    prediction = _clip(0.7)
    found = losses.alpha_loss(prediction, _clip(0.4), unknown)
    assert found.item() == pytest.approx(0.3 + 0.5 * 0.3, abs=1e-4)


def test_block_loss_sees_what_is_wrong_in_the_large() -> None:
    unknown = torch.zeros(1, 1, 1, 32, 32, dtype=torch.bool)
    unknown[..., :16] = True
    truth = torch.full((1, 1, 1, 32, 32), 0.5)
    wash = truth + 0.25
    assert losses.block_loss(wash, truth, unknown).item() == pytest.approx(0.25)
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    checker = truth + 0.25 * (1 - 2 * ((rows + columns) % 2))
    assert losses.block_loss(checker, truth, unknown).item() == pytest.approx(0, abs=1e-6)
    outside = truth + 0.25 * (~unknown)
    assert losses.block_loss(outside, truth, unknown).item() == 0


def test_square_loss_by_hand() -> None:
    unknown = torch.zeros(1, 1, 1, 4, 4, dtype=torch.bool)
    unknown[..., :2] = True
    prediction = _clip(0.5)
    prediction[..., 0] = 0.9
    assert losses.square_loss(prediction, _clip(0.4), unknown).item() == pytest.approx((0.5**2 + 0.1**2) / 2)


def test_composition_loss_by_hand() -> None:
    ones = torch.ones(1, 1, 3, 4, 4)
    unknown = torch.ones(1, 1, 1, 4, 4, dtype=torch.bool)
    parts = _clip(0.25), _clip(0.5), 0.5 * ones, ones, 0 * ones, ~unknown, unknown
    assert losses.matting_losses(*parts, terms=["composition"])["composition"].item() == pytest.approx(0.25)


@pytest.mark.parametrize("linear", [False, True])
def test_the_composition_of_the_truth_is_the_image(linear: bool) -> None:
    rng = np.random.default_rng(0)
    front, back = rng.integers(0, 256, (2, 1, 8, 8, 3), np.uint8)
    alpha = rng.random((1, 8, 8), np.float32)
    image = composite(front, alpha, back, linear=linear)
    sample = collate([TrainingClip(image, alpha, front, back, np.full((1, 8, 8), 128, np.uint8), "hard", linear)])
    prediction = sample.alpha.clone().requires_grad_()
    parts = sample.alpha, sample.image, sample.foreground, sample.background, sample.linear, sample.trimap == 128
    loss = losses.matting_losses(prediction, *parts, terms=["composition"])["composition"]
    assert loss.item() < 0.003
    loss.backward()
    assert prediction.grad is not None
    assert torch.isfinite(prediction.grad).all()


def test_gradient_loss_sees_a_ramp() -> None:
    ramp = torch.arange(8.0).reshape(1, 1, 1, 1, 8).expand(1, 1, 1, 8, 8) / 8
    inside = torch.zeros(1, 1, 1, 8, 8, dtype=torch.bool)
    inside[..., 2:6, 2:6] = True
    assert losses.gradient_loss(ramp, torch.zeros_like(ramp), inside).item() == pytest.approx(1 / 8, rel=1e-4)
    assert losses.gradient_weighted_loss(ramp, ramp, inside).item() == 0


def test_kl_is_zero_for_the_same_shape_and_by_hand_otherwise() -> None:
    alpha = torch.tensor([0.2, 0.8]).reshape(1, 1, 1, 1, 2)
    unknown = torch.ones_like(alpha, dtype=torch.bool)
    assert losses.kl_loss(alpha, alpha, unknown).item() == pytest.approx(0, abs=1e-6)
    expected = 0.2 * math.log(0.2 / 0.5) + 0.8 * math.log(0.8 / 0.5)
    flat = torch.full_like(alpha, 0.5)
    assert losses.kl_loss(flat, alpha, unknown).item() == pytest.approx(expected, abs=5e-3)


def test_temporal_loss_is_blind_to_a_constant_error() -> None:
    unknown = torch.ones(1, 2, 1, 4, 4, dtype=torch.bool)
    assert losses.temporal_loss(_clip(0.3, 0.5), _clip(0.1, 0.3), unknown).item() == pytest.approx(0, abs=1e-7)
    assert losses.temporal_loss(_clip(0.3, 0.6), _clip(0.1, 0.3), unknown).item() == pytest.approx(0.01, rel=1e-4)
    assert losses.temporal_loss(_clip(0.3), _clip(0.1), unknown[:, :1]).item() == 0


@pytest.mark.parametrize("term", sorted(losses.TERMS))
def test_an_empty_region_gives_zero_and_a_gradient_flows_otherwise(term: str) -> None:
    torch.manual_seed(0)
    prediction = torch.rand(2, 3, 1, 8, 8, requires_grad=True)
    alpha, colours = torch.rand(2, 3, 1, 8, 8), torch.rand(2, 3, 3, 8, 8)
    nothing = torch.zeros(2, 3, 1, 8, 8, dtype=torch.bool)
    parts = prediction, alpha, colours, colours, 1 - colours, alpha > 0.5
    empty = losses.matting_losses(*parts, nothing, terms=[term])[term]
    assert empty.item() == 0 or term == "alpha"
    full = losses.matting_losses(*parts, ~nothing, terms=[term])[term]
    full.backward()
    assert prediction.grad is not None
    assert torch.isfinite(prediction.grad).all()
    assert prediction.grad.abs().sum() > 0


def test_an_unknown_term_lists_the_known() -> None:
    x = torch.zeros(1, 1, 1, 2, 2)
    with pytest.raises(ValueError, match="composition"):
        losses.matting_losses(x, x, x, x, x, x > 0, x > 0, terms=["beauty"])


def test_segmentation_is_small_for_the_right_answer_and_minds_missed_unknowns() -> None:
    truth = torch.tensor([[[[0, 1], [1, 2]]]])
    right = torch.nn.functional.one_hot(truth, 3).movedim(-1, 2).float() * 20
    good = losses.segmentation_losses(right, truth)
    assert good["segmentation"] < 1e-3
    assert good["overlap"] < 1e-3
    flat = torch.zeros(1, 1, 3, 2, 2)
    expected = (2 * math.log(3) + 2 * losses.MISSED_UNKNOWN_WEIGHT * math.log(3)) / 4
    assert losses.segmentation_losses(flat, truth)["segmentation"].item() == pytest.approx(expected, rel=1e-4)
