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


def test_gradient_error_against_a_direct_two_dimensional_convolution(rng: np.random.Generator) -> None:
    truth, prediction = rng.random((2, 20, 24)).astype(np.float32)
    y, x = np.mgrid[-4:5, -4:5]
    kernel = x * np.exp(-(x**2 + y**2) / (2 * 1.4**2))
    kernel /= np.sqrt((kernel**2).sum())

    def magnitude(image: np.ndarray) -> np.ndarray:
        padded = np.pad(image.astype(float), 4, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (9, 9))
        return np.hypot((windows * kernel).sum((2, 3)), (windows * kernel.T).sum((2, 3)))

    unknown = rng.random((20, 24)) > 0.3
    expected = ((magnitude(prediction) - magnitude(truth)) ** 2)[unknown].sum() / 1000
    assert metrics.gradient_error(prediction, truth, unknown) == pytest.approx(expected, rel=1e-6)


def test_connectivity_against_a_flood_fill(rng: np.random.Generator) -> None:
    truth, prediction = rng.random((2, 10, 12)).astype(np.float32).round(1)
    unknown = rng.random((10, 12)) > 0.2

    def largest(region: np.ndarray) -> set[tuple[int, int]]:
        left, best = {(int(r), int(c)) for r, c in np.argwhere(region)}, set()
        for seed in sorted(left):
            if seed not in left:
                continue
            left.discard(seed)
            component, front = {seed}, [seed]
            while front:
                r, c = front.pop()
                near = {(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)} & left
                left -= near
                component |= near
                front += near
            best = component if len(component) > len(best) else best
        return best

    level_of = np.ones(truth.shape)
    settled: set[tuple[int, int]] = set()
    for step in range(1, 11):
        source = largest((truth >= step * 0.1 - 1e-9) & (prediction >= step * 0.1 - 1e-9))
        for place in np.ndindex(truth.shape):
            if place not in source and place not in settled:
                level_of[place] = (step - 1) / 10
                settled.add(place)

    def connected(alpha: np.ndarray) -> np.ndarray:
        distance = alpha.astype(float) - level_of
        return 1 - np.where(distance >= 0.15, distance, 0)

    expected = np.abs(connected(prediction) - connected(truth))[unknown].sum() / 1000
    assert metrics.connectivity_error(prediction, truth, unknown) == pytest.approx(expected, rel=1e-4)


def test_sequences_are_means_over_frames_and_over_pairs(rng: np.random.Generator) -> None:
    truth, prediction = rng.random((2, 4, 12, 13))
    unknown = rng.random((4, 12, 13)) > 0.5
    found = metrics.unknown_protocol(prediction.astype(np.float32), truth.astype(np.float32), unknown)
    absolute, flicker = [], []
    for t in range(4):
        pixels = [p for p in np.ndindex(12, 13) if unknown[t][p]]
        absolute.append(sum(abs(prediction[t][p] - truth[t][p]) for p in pixels) / 1000)
        if t:
            change = [(prediction[t][p] - prediction[t - 1][p]) - (truth[t][p] - truth[t - 1][p]) for p in pixels]
            flicker.append(sum(c * c for c in change) ** 0.5)
    assert found["SAD"] == pytest.approx(sum(absolute) / 4, rel=1e-5)
    assert found["dtSSD"] == pytest.approx(sum(flicker) / 3, rel=1e-5)


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


def test_messddt_is_zero_for_an_error_that_moves_with_the_subject() -> None:
    blob = np.zeros((64, 64), np.float32)
    blob[20:40, 20:40] = 1
    moved = np.roll(blob, 3, axis=1)
    truth = np.stack([blob, moved])
    steady = truth * 0.9
    boiling = truth * np.array([0.9, 0.5], np.float32)[:, None, None]
    region = np.ones((64, 64), bool)
    assert metrics.messddt(steady, truth, region) < 0.2 * metrics.messddt(boiling, truth, region)


def test_messddt_by_hand_where_nothing_moves() -> None:
    truth = np.full((2, 16, 16), 0.5, np.float32)
    prediction = truth.copy()
    prediction[0, 4, 4], prediction[1, 4, 4] = 0.8, 0.4
    prediction[1, 9, 9] = 0.3
    prediction[0, 2, 2] = 1.0
    region = np.ones((16, 16), bool)
    region[2, 2] = False
    assert metrics.messddt(prediction, truth, region) == pytest.approx((0.09 - 0.01) + 0.04, rel=1e-5)


def test_messddt_follows_the_motion(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = np.zeros((2, 24, 32), np.float32)
    prediction = rng.random(truth.shape).astype(np.float32)
    flow = np.zeros((24, 32, 2), np.float32)
    flow[..., 0], flow[..., 1] = 3, -2
    monkeypatch.setattr(metrics, "alpha_flow", lambda *_: flow)
    region = np.zeros((24, 32), bool)
    region[8:16, 8:16] = True
    ahead = prediction[1, 6:14, 11:19]  # where the region's pixels are three to the right and two up
    expected = np.abs(prediction[0, 8:16, 8:16] ** 2 - ahead**2).sum()
    assert metrics.messddt(prediction, truth, region) == pytest.approx(expected, rel=1e-4)


def test_a_perfect_matte_scores_nothing(rng: np.random.Generator) -> None:
    truth = rng.random((3, 16, 16)).astype(np.float32)
    scores = metrics.unknown_protocol(truth, truth, np.ones(truth.shape, bool))
    assert set(scores) == {"SAD", "MSE", "Grad", "Conn", "dtSSD", "MESSDdt"}
    assert max(scores.values()) == 0
