"""The engine with the network that ships."""

from __future__ import annotations

import numpy as np
import pytest

from stfam.core.engine.matte import matte
from stfam.core.network.weights import load_matting


@pytest.fixture(scope="module")
def lite():
    return load_matting("lite")


@pytest.fixture
def clip(make_clip):
    return make_clip((200, 480), 3, side=150, step=90)


def test_tiled_equals_untiled(lite, clip):
    whole = dict(matte(clip.inputs(), lite, tile="off"))
    parts = dict(matte(clip.inputs(), lite, tile=128))
    for frame in clip.frames:
        assert np.abs(whole[frame] - parts[frame]).max() <= 1 / 255
        assert whole[frame][clip.trimap(frame) == 128].std() > 0


def test_each_frame_is_encoded_once(lite, clip, monkeypatch):
    seen = []
    encode = type(lite).encode

    def counted(self, image, trimap, context, box, frame_size):
        seen.append(float(image.double().sum()))
        return encode(self, image, trimap, context, box, frame_size)

    monkeypatch.setattr(type(lite), "encode", counted)
    list(matte(clip.inputs(), lite, tile="off"))
    assert len(seen) == len(set(seen)) == 3


def test_a_part_of_a_clip_gets_the_same_bits(lite, clip):
    whole = dict(matte(clip.inputs(), lite, tile=128))
    assert np.array_equal(dict(matte(clip.inputs((1002,)), lite, tile=128))[1002], whole[1002])
