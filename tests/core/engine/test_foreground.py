from __future__ import annotations

import numpy as np
import pytest

from stfam.core.engine.foreground import foreground
from stfam.core.refinement import shrunk


def _composite(scale: float = 1.0, offset: float = 0.0, steps: int = 160) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    alpha = np.tile((np.linspace(-0.5, 0.5, 160) * 320 / steps + 0.5).clip(0, 1).astype(np.float32), (90, 1))
    colours = np.full((90, 160, 3), (0.9, 0.2, 0.1), np.float32) * scale + offset
    behind = np.full((90, 160, 3), (0.1, 0.3, 0.8), np.float32) * scale + offset
    return alpha[..., None] * colours + (1 - alpha[..., None]) * behind, alpha, colours


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (12.0, -0.4)], ids=["display", "high dynamic range"])
def test_colours_are_recovered_and_not_clipped(scale, offset):
    image, alpha, truth = _composite(scale, offset)
    colours = foreground(image.astype(np.float32), alpha)
    seen = alpha > 0.2
    assert np.abs(colours - truth)[seen].max() < 0.05 * scale
    if scale > 1:
        assert colours[seen].max() > 5


def test_the_plate_stays_where_alpha_is_one_and_nothing_where_it_is_zero():
    image, alpha, _ = _composite()
    colours = foreground(image.astype(np.float32), alpha)
    assert np.array_equal(colours[alpha == 1], image.astype(np.float32)[alpha == 1])
    assert (colours[alpha == 0] == 0).all()


@pytest.mark.parametrize("value", [200.0, -200.0])
def test_a_highlight_far_from_an_edge_does_not_glow_there(value):
    rows, columns = np.mgrid[-60:60, -60:60]
    alpha = ((40 - np.hypot(rows, columns)) / 8 + 0.5).clip(0, 1).astype(np.float32)
    image = alpha[..., None] * np.float32([0.9, 0.2, 0.1]) + (1 - alpha[..., None]) * np.float32([0.1, 0.3, 0.8])
    lit = image.copy()
    lit[45:75, 45:75] = value
    edge = (alpha > 0) & (alpha < 1)
    assert np.abs(foreground(lit, alpha) - foreground(image, alpha))[edge].max() < 0.01
    assert (foreground(lit, alpha)[45:75, 45:75] == value).all()


@pytest.mark.parametrize(("pixels", "least"), [(2, 0.02), (-2, 0.1)], ids=["shrunk", "grown"])
def test_what_was_behind_does_not_tint_an_edge_that_was_moved(pixels, least):
    image, alpha, truth = (x.astype(np.float32) for x in _composite(steps=8))
    shown = shrunk(alpha, pixels)
    edge = (shown > 0.1) & (alpha < 1)
    tinted, clean = (np.abs(foreground(image, mixed, shown) - truth)[edge].max() for mixed in (shown, alpha))
    assert clean < least < tinted
    assert (foreground(image, alpha, shown)[shown == 0] == 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 2)], ids=str)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_tiny_frames(shape, value):
    image = np.full((*shape, 3), 0.25, np.float32)
    colours = foreground(image, np.full(shape, value, np.float32))
    assert colours.shape == image.shape and np.isfinite(colours).all()
