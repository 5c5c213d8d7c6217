"""Half precision, as CUDA computes, run on the CPU: the mattes and the trimaps stay what they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stfam.core.engine import precision
from stfam.core.engine.feature_tiles import move_features
from stfam.core.engine.matte import matte
from stfam.core.network.weights import load_matting, load_propagation

TOLERANCE = 4 / 255


@pytest.fixture
def half(monkeypatch):
    monkeypatch.setitem(precision.HALF_PRECISION, "cpu", torch.float16)


def test_mattes_in_half_precision_look_the_same(make_clip, monkeypatch):
    clip = make_clip((128, 256), 3, side=100, step=20)
    network = load_matting("lite")
    types = []
    decode = type(network).decode

    def seen(self, window, core):
        types.append({level.dtype for level in window[0].levels.values()})
        return decode(self, window, core)

    monkeypatch.setattr(type(network), "decode", seen)
    full = dict(matte(clip.inputs(), network))
    assert types.pop() == {torch.float32}
    monkeypatch.setitem(precision.HALF_PRECISION, "cpu", torch.float16)
    halved = dict(matte(clip.inputs(), network))
    assert types.pop() == {torch.float16}
    for frame in clip.frames:
        difference = np.abs(full[frame] - halved[frame])[clip.trimap(frame) == 128]
        assert 0 < difference.mean() < 0.5 / 255 and difference.max() < TOLERANCE
        assert len(np.unique(halved[frame])) > 1000  # no steps of half precision


def test_propagation_in_half_precision_calls_the_same_pixels_unknown(half):
    torch.manual_seed(0)
    network = load_propagation("lite")
    picture = torch.rand(1, 3, 16, 16).repeat_interleave(8, 2).repeat_interleave(8, 3)
    shares = torch.zeros(1, 3, 128, 128)
    shares[:, 0, :, :40] = shares[:, 1, :, 40:70] = shares[:, 2, :, 70:] = 1

    def read():
        features = network.encode(picture)
        recalled = network.recall(features, [network.memorise(features, shares)])
        return network.read(recalled, ()).float().softmax(1)

    with torch.inference_mode():
        full = read()
    with precision.inference(torch.device("cpu")):
        halved = read()
    assert (full.argmax(1) != halved.argmax(1)).float().mean() < 0.002
    assert (full - halved).abs().max() < 0.05


def test_features_that_come_back_to_the_cpu_are_float32():
    moved = move_features({2: torch.ones(1, 1, 2, 2, dtype=torch.float16)}, torch.device("cpu"))
    assert moved[2].dtype == torch.float32
