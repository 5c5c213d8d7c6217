"""Refining a finished matte."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from stfam.core.errors import UsageError
from stfam.core.refinement import BLUE, GREEN, Screen, despill, find_screen, refine, shrunk
from stfam.core.shot import Refinement


def _disc(radius: float = 10, size: int = 41) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size] - size // 2
    return np.clip(radius + 0.5 - np.hypot(rows, columns), 0, 1).astype(np.float32)


def test_nothing_asked_changes_nothing() -> None:
    assert np.array_equal(refine(_disc(), Refinement()), _disc())


def test_black_and_white_clip() -> None:
    alpha = np.linspace(0, 1, 11, dtype=np.float32)[None]
    refined = refine(alpha, Refinement(black=0.2, white=0.7))[0]
    assert (refined[:3] == 0).all()
    assert (refined[7:] == 1).all()
    assert refined[3:7] == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=1e-6)
    assert np.array_equal(alpha, np.linspace(0, 1, 11, dtype=np.float32)[None])


@pytest.mark.parametrize("pixels", [-4, -1.5, -0.5, 0.5, 1, 2.5, 6])
def test_shrinking_takes_the_asked_width_off(pixels: float) -> None:
    row = shrunk(_disc(), pixels)[20]
    assert row.sum() == pytest.approx(_disc()[20].sum() - 2 * pixels, abs=0.6)


def test_blur_keeps_the_amount_and_the_range() -> None:
    blurred = refine(_disc(), Refinement(blur=2))
    assert blurred.sum() == pytest.approx(_disc().sum(), rel=1e-3)
    assert 0 <= blurred.min() <= blurred.max() <= 1
    assert refine(np.ones((9, 9), np.float32), Refinement(blur=3)) == pytest.approx(1)


@pytest.mark.parametrize(
    "refinement",
    [Refinement(black=0.5, white=0.5), Refinement(white=1.5), Refinement(black=nan), Refinement(blur=-1),
     Refinement(blur=nan), Refinement(blur=inf), Refinement(blur=1001), Refinement(shrink=nan),
     Refinement(shrink=-inf), Refinement(shrink=1e5)],
    ids=str,
)  # fmt: skip
def test_senseless_values(refinement: Refinement) -> None:
    with pytest.raises(UsageError):
        refine(_disc(), refinement)


@pytest.mark.parametrize(
    ("colour", "screen"),
    [((0.1, 0.8, 0.2), GREEN), ((0.05, 0.2, 0.9), BLUE), ((0.5, 0.5, 0.5), None), ((0.9, 0.1, 0.1), None),
     ((0.4, 0.42, 0.4), None)],
    ids=["green", "blue", "grey", "red", "greenish grey"],
)  # fmt: skip
def test_the_screen_is_found_in_the_background(colour: tuple[float, ...], screen: int | None) -> None:
    image = np.broadcast_to(np.array(colour, np.float32), (41, 41, 3)).copy()
    image[_disc() > 0] = (0.2, 0.9, 0.1)
    for bars in (0, 14):
        image[:bars] = image[41 - bars :] = 0
        found = find_screen(image, _disc())
        assert (found.channel if found else None) == screen, bars


def test_no_background_says_nothing_of_a_screen() -> None:
    assert find_screen(np.ones((8, 8, 3), np.float32), np.ones((8, 8), np.float32)) is None


def test_despill_takes_spill_and_leaves_the_rest() -> None:
    colours = np.array([[[0.4, 0.9, 0.2], [0.5, 0.5, 0.5], [0.9, 0.3, 0.2], [4.0, 8.0, 4.0]]], np.float32)
    clean = despill(colours, 1, Screen(GREEN, 1))
    assert clean[0, 0, 1] < clean[0, 0, 0] + 0.1
    assert np.array_equal(clean[0, 1:3], colours[0, 1:3])
    assert clean[0, 3].min() > 4
    half = despill(colours, 0.5, Screen(GREEN, 1))
    assert clean[0, 0, 1] < half[0, 0, 1] < colours[0, 0, 1]
    assert np.array_equal(despill(colours, 1, None), colours)


def test_despill_has_a_range() -> None:
    with pytest.raises(UsageError, match="0 to 1"):
        despill(np.zeros((1, 1, 3), np.float32), 2, Screen(GREEN, 1))
