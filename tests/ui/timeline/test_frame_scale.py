"""Which frame lies under a pixel of the timeline."""

from __future__ import annotations

import pytest

from stfam.ui.timeline.frame_scale import FrameScale

WHOLE = FrameScale(-50, 50, 54, 800)


@pytest.mark.parametrize("at", [80.0, 333.3, 801.7])
@pytest.mark.parametrize("factor", [1.0, 1.25, 5.1], ids=["whole", "a little", "far"])
def test_a_pixel_of_a_frame_is_that_frame_s_however_far_it_is_zoomed(at: float, factor: float) -> None:
    scale = WHOLE.zoomed(factor, at, (-50, 50))
    frames = range(round(scale.first) + 1, round(scale.last))
    for share in (0.05, 0.5, 0.95):
        assert [scale.frame(scale.x(frame + share)) for frame in frames] == list(frames)
