"""Refining a finished matte."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from stfam.core.errors import UsageError
from stfam.core.media.frame_meta import FrameMeta, on_black
from stfam.core.refinement import BLUE, GREEN, Screen, despill, find_screen, refine, shrunk
from stfam.core.render_passes import despilled_foreground, refined_passes
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


@pytest.mark.parametrize(("black", "white"), [(0.25, 1), (0, 0.5)])
def test_one_of_black_and_white_clips(black: float, white: float) -> None:
    refined = refine(np.array([[0, 0.25, 0.5, 1]], np.float32), Refinement(black=black, white=white))
    assert refined[0] == pytest.approx([0, 0, 1 / 3, 1] if black else [0, 0.5, 1, 1])


@pytest.mark.parametrize("refinement", [Refinement(shrink=1.5), Refinement(shrink=-2), Refinement(blur=1.2)], ids=str)
def test_what_lies_beyond_the_frame_is_as_its_edge(refinement: Refinement) -> None:
    cut = _disc()[:24, 17:]
    beyond = np.pad(cut, 12, "edge")
    assert refine(cut, refinement) == pytest.approx(refine(beyond, refinement)[12:-12, 12:-12], abs=1e-6)
    assert not np.array_equal(refine(cut, refinement), cut)


@pytest.mark.parametrize("refinement", [Refinement(), Refinement(shrink=2), Refinement(shrink=-1), Refinement(blur=2)])
def test_what_lies_beyond_the_data_window_is_as_its_edge(refinement: Refinement) -> None:
    size, window = (41, 41), (slice(4, 24), slice(17, 41))
    colours = np.random.default_rng(1).random((*size, 3), np.float32)
    alone = refined_passes(1, FrameMeta((0, 0, 24, 20), (0, 0, 24, 20)), _disc()[window], refinement, colours[window])
    meta = FrameMeta((17, 4, 30, 20), (0, 0, 41, 41))
    passes = refined_passes(1, meta, _disc(), refinement, on_black(colours[window], window, size))
    for whole, part in ((passes.alpha, alone.alpha), (passes.foreground, alone.foreground)):
        assert np.array_equal(whole[window], part)
        assert whole.any() and np.count_nonzero(whole) == np.count_nonzero(part)


@pytest.mark.parametrize("refinement", [Refinement(), Refinement(shrink=2, blur=1, despill=1)], ids=str)
def test_nothing_is_shown_of_a_data_window_beside_the_frame(refinement: Refinement) -> None:
    passes = refined_passes(
        1, FrameMeta((90, 0, 8, 8), (0, 0, 41, 41)), _disc(), refinement, np.ones((41, 41, 3), "f4")
    )
    assert not passes.alpha.any() and not passes.foreground.any()


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
    [((0.1, 0.8, 0.2), Screen(1, 1.0)), ((0.05, 0.2, 0.9), Screen(2, 1.0)), ((0.4, 0.5, 0.3), Screen(1, 0.5)),
     ((0.4, 0.1, 0.5), Screen(2, 0.5)), ((0.5, 0.5, 0.5), None), ((0.9, 0.1, 0.1), None), ((0.4, 0.42, 0.4), None),
     ((0.4, 0.42, 0.1), None), ((0.1, 0.4, 0.42), None), ((0, 0, 0), None)],
    ids=["green", "blue", "dull green", "violet", "grey", "red", "greenish grey", "yellow", "cyan", "black"],
)  # fmt: skip
def test_the_screen_is_found_in_the_background(colour: tuple[float, ...], screen: Screen | None) -> None:
    image = np.broadcast_to(np.array(colour, np.float32), (41, 41, 3)).copy()
    image[_disc() > 0] = (0.2, 0.9, 0.1)
    for bars in (0, 14):
        image[:bars] = image[41 - bars :] = 0
        found = find_screen(image, _disc())
        assert (found.channel if found else None) == (screen.channel if screen else None), bars
        assert (found.certainty if found else 0) == pytest.approx(screen.certainty if screen else 0, abs=1e-5), bars


@pytest.mark.parametrize(("count", "says"), [(100, True), (33, True), (31, False), (0, False)])
def test_little_background_says_nothing_of_a_screen(count: int, says: bool) -> None:
    image, alpha = np.full((40, 40, 3), (0.1, 0.8, 0.2), np.float32), np.ones((40, 40), np.float32)
    alpha.flat[:count] = 0
    assert (find_screen(image, alpha) is not None) == says


@pytest.mark.parametrize(
    ("strength", "screen", "clean"),
    [(1, Screen(GREEN, 1), (0.6, 0.5, 0.4)), (0.5, Screen(GREEN, 1), (0.5, 0.7, 0.3)),
     (1, Screen(GREEN, 0.5), (0.5, 0.7, 0.3)), (1, Screen(BLUE, 1), (0.4, 0.9, 0.2)), (1, None, (0.4, 0.9, 0.2))],
    ids=["wholly", "half", "unsure", "blue", "no screen"],
)  # fmt: skip
def test_despill_gives_back_what_it_takes(
    strength: float, screen: Screen | None, clean: tuple[float, float, float]
) -> None:
    colours = np.array([[[0.4, 0.9, 0.2], [0.5, 0.5, 0.5], [0.9, 0.3, 0.2], [4.0, 8.0, 4.0]]], np.float32)
    found = despill(colours, strength, screen)[0]
    assert found[0] == pytest.approx(clean)
    assert found[1] == pytest.approx(0.5)
    assert (found[3] >= 4).all()
    assert np.array_equal(found[2], colours[0, 2])


def test_despill_has_a_range() -> None:
    with pytest.raises(UsageError, match="0 to 1"):
        despill(np.zeros((1, 1, 3), np.float32), 2, Screen(GREEN, 1))


@pytest.mark.parametrize(("strength", "subject"), [(0, (0.4, 0.7, 0.4)), (1, (0.5, 0.5, 0.5))])
def test_a_foreground_is_despilled_where_that_is_asked(strength: float, subject: tuple[float, ...]) -> None:
    alpha = (_disc() > 0.5).astype(np.float32)
    plate = np.where(alpha[..., None] > 0, np.float32([0.4, 0.7, 0.4]), np.float32([0.1, 0.8, 0.2]))
    found = despilled_foreground(plate, alpha, alpha, Refinement(despill=strength))
    assert found[alpha > 0] == pytest.approx(np.broadcast_to(subject, (int(alpha.sum()), 3)), abs=1e-4)
