"""What the matting network is fed of a job."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stfam.core import render_work
from stfam.core.render import render
from stfam.core.render_stream import FrameStream


@pytest.mark.parametrize(
    ("window", "asked", "fed", "begin"),
    [(0, (1001, 1002, 1004), (1001, 1002, 1004), [1004]), (1, (1004,), range(1001, 1008), []),
     (1, (1001, 1011), (*range(1001, 1005), *range(1008, 1013)), [1008])],
    ids=["each alone", "with its neighbours", "far apart"],
)  # fmt: skip
def test_frames_come_with_their_neighbours_and_a_gap_begins_a_run(
    make_shot_folder, monkeypatch, window, asked, fed, begin
):
    folder, seen, states, inputs = make_shot_folder(12), [], [], FrameStream.inputs

    def watched(stream, waiting):
        states.append(waiting)
        return inputs(stream, waiting)

    def known_alone(inputs, network, **settings):
        for given in inputs:
            seen.append(given)
            waiting = states[0].values()
            assert all(item.picture is item.proxies is None for item, _ in waiting), "the network's part ends with it"
            if given.wanted:
                yield given.frame, (given.trimap == 255).astype(np.float32)

    monkeypatch.setattr(render_work, "matte", known_alone)
    monkeypatch.setattr(FrameStream, "inputs", watched)
    shot = folder.shot(*folder.frames)
    render(replace(shot, settings=replace(shot.settings, window=window)), frames=asked)
    assert [given.frame for given in seen] == list(fed)
    assert [given.frame for given in seen if given.wanted] == list(asked)
    assert [given.frame for given in seen if given.starts_run] == begin
    assert states == [{}], "what is written is let go of"
