"""Metrics against values worked out by hand and against independent implementations."""

from __future__ import annotations

import numpy as np
import pytest

from stfam.core.evaluation import metrics


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_sad_and_mse_by_hand() -> None:
    truth = np.zeros((2, 2), np.float32)
    prediction = np.array([[0.5, 0.25], [1.0, 0.0]], np.float32)
    unknown = np.array([[True, True], [False, True]])
    assert metrics.sad(prediction, truth, unknown) == pytest.approx(0.75 / 1000)
    assert metrics.mse(prediction, truth, unknown) == pytest.approx((0.25 + 0.0625) / 3)


def test_dtssd_by_hand_and_blind_to_a_constant_error() -> None:
    truth = np.zeros((2, 1, 2), np.float32)
    flicker = np.array([[[0.0, 0.0]], [[0.3, 0.4]]], np.float32)
    region = np.ones((1, 2), bool)
    assert metrics.dtssd(flicker, truth, region) == pytest.approx(0.5)
    assert metrics.dtssd(truth + 0.2, truth, region) == pytest.approx(0.0, abs=1e-7)


def test_whole_frame_protocol_by_hand() -> None:
    truth = np.zeros((2, 2, 2), np.float32)
    prediction = truth.copy()
    prediction[1] = 0.1
    found = metrics.whole_protocol(prediction, truth)
    assert found["MAD"] == pytest.approx(50, rel=1e-5)
    assert found["MSE"] == pytest.approx(5, rel=1e-5)
    assert found["dtSSD"] == pytest.approx(10, rel=1e-5)


def test_gradient_error_against_a_direct_convolution(rng: np.random.Generator) -> None:
    truth, prediction = rng.random((2, 20, 20)).astype(np.float32)
    reach = 8
    x = np.arange(-reach, reach + 1)
    bell = np.exp(-(x**2) / (2 * 1.4**2))
    smooth = bell / bell.sum()
    slope = -x / 1.4**2 * smooth

    def magnitude(image: np.ndarray) -> np.ndarray:
        padded = np.pad(image.astype(float), reach, mode="edge")

        def apply(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
            across = np.apply_along_axis(np.convolve, 1, padded, columns, "valid")
            return np.apply_along_axis(np.convolve, 0, across, rows, "valid")

        return np.hypot(apply(smooth, slope), apply(slope, smooth))

    expected = ((magnitude(prediction) - magnitude(truth)) ** 2).sum() / 1000
    found = metrics.gradient_error(prediction, truth, np.ones((20, 20), bool))
    assert found == pytest.approx(expected, rel=0.02)


def test_connectivity_sees_an_island_that_sad_does_not_weigh() -> None:
    truth = np.zeros((9, 9), np.float32)
    truth[:, :4] = 1
    joined, apart = truth.copy(), truth.copy()
    joined[4, 4:6] = 1
    apart[4, 6:8] = 1
    region = np.ones((9, 9), bool)
    assert metrics.sad(joined, truth, region) == metrics.sad(apart, truth, region)
    assert metrics.connectivity_error(truth, truth, region) == 0
    assert metrics.connectivity_error(apart, truth, region) > 0


def test_messddt_is_zero_for_an_error_that_moves_with_the_subject(rng: np.random.Generator) -> None:
    blob = np.zeros((64, 64), np.float32)
    blob[20:40, 20:40] = 1
    moved = np.roll(blob, 3, axis=1)
    truth = np.stack([blob, moved])
    steady = truth * 0.9
    boiling = truth * np.array([0.9, 0.5], np.float32)[:, None, None]
    region = np.ones((64, 64), bool)
    assert metrics.messddt(steady, truth, region) < 0.2 * metrics.messddt(boiling, truth, region)


def test_a_perfect_matte_scores_nothing(rng: np.random.Generator) -> None:
    truth = rng.random((3, 16, 16)).astype(np.float32)
    scores = metrics.unknown_protocol(truth, truth, np.ones(truth.shape, bool))
    assert set(scores) == {"SAD", "MSE", "Grad", "Conn", "dtSSD", "MESSDdt"}
    assert max(scores.values()) == 0
