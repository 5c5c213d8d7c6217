"""The sRGB curve."""

from __future__ import annotations

import numpy as np
import pytest

from stfam.core.srgb import to_display, to_linear


@pytest.mark.parametrize(
    ("display", "linear"), [(0, 0), (0.04, 0.0030960), (0.5, 0.2140411), (0.4613561, 0.18), (1, 1)]
)
def test_values_of_the_standard(display, linear):
    assert to_linear(np.float32([display])) == pytest.approx(linear, abs=1e-6)
    assert to_display(np.float32([linear])) == pytest.approx(display, abs=1e-6)


def test_what_is_beyond_the_display_is_cut_off():
    assert to_display(np.float32([-0.5, 7])) == pytest.approx([0, 1])
