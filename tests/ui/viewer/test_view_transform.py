"""Where plate pixels lie on the screen."""

from __future__ import annotations

import pytest

from stfam.ui.viewer.view_transform import ViewTransform


@pytest.mark.parametrize(
    ("scale", "aspect", "pixel_ratio", "level", "shrinks"),
    [
        (1.0, 1.0, 1.0, 0, False),
        (0.5, 1.0, 1.0, 1, True),
        (0.5, 1.0, 2.0, 0, True),
        (0.5, 2.0, 1.0, 0, True),  # a column of the plate for each of the screen
        (0.25, 2.0, 1.0, 1, True),
        (1.0, 0.5, 1.0, 0, True),
        (2.0, 0.5, 1.0, 0, False),
    ],
)
def test_the_picture_has_what_the_screen_can_show(scale, aspect, pixel_ratio, level, shrinks):
    place = ViewTransform(scale, aspect=aspect)
    assert (place.level(pixel_ratio), place.shrinks) == (level, shrinks)
