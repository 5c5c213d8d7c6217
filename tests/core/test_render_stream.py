"""What the matting network is fed of a job."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stfam.core import render_work
from stfam.core.render import render
from stfam.core.render_stream import StreamState


@pytest.mark.parametrize(
    ("window", "asked", "fed", "begin"),
    [(0, (1001, 1002, 1004), (1001, 1002, 1004), [1004]), (1, (1004,), range(1001, 1008), []),
     (1, (1001, 1011), (*range(1001, 1005), *range(1008, 1013)), [1008])],
    ids=["each alone", "with its neighbours", "far apart"],
)  # fmt: skip
def test_frames_come_with_their_neighbours_and_a_gap_begins_a_run(
    make_shot_folder, monkeypatch, window, asked, fed, begin
):
    folder, seen, states = make_shot_folder(12), [], []

    class Watched(StreamState):
        def __init__(self):
            super().__init__()
            states.append(self)

    def known_alone(inputs, network, **settings):
        for given in inputs:
            seen.append(given)
            waiting = states[0].loaded.values()
            assert all(item.picture is item.proxies is None for item in waiting), "the network's part ends with it"
            if given.wanted:
                yield given.frame, (given.trimap == 255).astype(np.float32)

    monkeypatch.setattr(render_work, "matte", known_alone)
    monkeypatch.setattr(render_work, "StreamState", Watched)
    shot = folder.shot(*folder.frames)
    render(replace(shot, settings=replace(shot.settings, window=window)), frames=asked)
    assert [given.frame for given in seen] == list(fed)
    assert [given.frame for given in seen if given.wanted] == list(asked)
    assert [given.frame for given in seen if given.starts_run] == begin
    assert [(state.loaded, state.trimaps) for state in states] == [({}, {})], "what is written is let go of"
