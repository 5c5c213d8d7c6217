"""Hidden background is read where other frames show it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from stfam.core.engine import borrow
from stfam.core.engine.borrow import MOST_DIFFERENCE, Seen
from stfam.core.engine.borrow_kernel import collect, differ
from stfam.core.engine.keyframe_spans import Lending, halo, lenders
from stfam.core.engine.matte import matte
from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.steady import SteadyPlate
from stfam.core.engine.strip import Strip, Vantage
from stfam.core.engine.views import unknown_view
from stfam.core.network.backdrop import Backdrop, cleared
from stfam.core.network.box import Box
from stfam.core.network.colour_diffusion import foreground_colour

HEIGHT, WIDTH = 192, 256
STEP = 8
"""Pixels that the camera's pan moves the background from frame to frame; the foreground stays."""
HOLE = (slice(64, 128), slice(96, 160))
"""The unknown region, with the foreground in its middle."""
REACH = 1
"""n of the window: two frames on each side lend."""


def background(t: int) -> np.ndarray:
    drawn = np.random.default_rng(5).random((HEIGHT, WIDTH + 160, 3), np.float32)
    drawn = cv2.GaussianBlur(drawn, (0, 0), 2.5)
    drawn = (drawn - drawn.min()) / (drawn.max() - drawn.min())
    return np.ascontiguousarray(drawn[:, 80 + t * STEP : 80 + t * STEP + WIDTH])


def trimap() -> np.ndarray:
    painted = np.zeros((HEIGHT, WIDTH), np.uint8)
    painted[HOLE] = 128
    painted[88:104, 120:136] = 255
    return painted


def frame(t: int, *, pan: bool = True, gain: float = 1.0, seed: int | None = None) -> MatteInput:
    image = background(t if pan else 0)
    image[88:104, 120:136] = (0.1, 0.8, 0.2)
    image *= gain
    if seed is not None:
        image += np.random.default_rng(seed).normal(0, 3 / 255, image.shape).astype(np.float32)
    return MatteInput(t, trimap(), image.clip(0, 1))


def colours(backdrop: Backdrop) -> np.ndarray:
    return backdrop.colour[0].permute(1, 2, 0).numpy()


def known(backdrop: Backdrop) -> np.ndarray:
    return backdrop.known[0, 0].numpy() > 0


def lent(centre: MatteInput, *others: MatteInput, reach: int = REACH) -> Backdrop | None:
    """What a frame is shown by those before and after it."""
    strip = Strip(reach)
    for given in sorted((centre, *others), key=lambda given: given.frame):
        strip.add(given)
    surroundings = strip.surroundings(centre.frame)
    return None if surroundings is None else surroundings.backdrop()


@pytest.mark.parametrize("gain", [1.0, 0.8])
def test_a_pan_shows_what_the_band_hides(gain: float) -> None:
    backdrop = lent(frame(0), *(frame(t, gain=gain) for t in (-2, -1, 1, 2)))
    assert backdrop is not None
    shown = known(backdrop)[HOLE]
    side = 2 * STEP
    assert shown[:, 4 : side - 4].mean() > 0.95 and shown[:, 4 - side : -4].mean() > 0.95
    assert not shown[:, side + 4 : -side - 4].any(), "none of them shows the middle"
    assert np.abs(colours(backdrop) - background(0))[HOLE][shown].mean() < 0.02


def test_twice_as_many_frames_as_the_window_has_lend() -> None:
    others = [frame(t) for t in range(-6, 7) if t]
    near, far = lent(frame(0), *others, reach=1), lent(frame(0), *others, reach=2)
    assert near is not None and far is not None and (lenders(1), lenders(2)) == (2, 4)
    assert 0.4 < known(near)[HOLE].mean() < 0.55
    assert known(far)[HOLE].mean() > 0.9, "four frames of eight pixels show either half"
    assert np.abs(colours(far) - background(0))[HOLE][known(far)[HOLE]].mean() < 0.02
    assert lent(frame(0), *others, reach=0) is None


def test_only_frames_that_may_lend_and_none_beyond_one_that_is_missing() -> None:
    others = [frame(t) for t in (-2, -1, 1, 2)]
    before = lent(frame(0), *others[:2])
    assert before is not None
    limited = lent(replace(frame(0), lending=Lending(None, 0)), *others)
    unread = lent(frame(0), *others[:2], MatteInput(1, None, None), others[3])
    unseen = lent(frame(0), *others[:2], replace(others[2], image=None), others[3])
    for backdrop in (limited, unread, unseen):
        assert backdrop is not None and torch.equal(backdrop.known, before.known)


def test_a_frame_of_a_hold_borrows_nothing() -> None:
    held = replace(frame(0), frame=-1)
    assert lent(frame(0), held, frame(1)) is None
    assert lent(held, frame(0), frame(1)) is None
    assert lent(frame(1), held, frame(0)) is not None


def test_what_stands_still_shows_nothing() -> None:
    backdrop = lent(frame(0), *(frame(t, pan=False, seed=t + 3) for t in (-1, 1)))
    assert backdrop is None or not known(backdrop)[HOLE].any()


def test_a_frame_alone_or_without_known_background_borrows_nothing() -> None:
    assert lent(frame(0)) is None
    everything = np.full((HEIGHT, WIDTH), 128, np.uint8)
    assert lent(replace(frame(0), trimap=everything), frame(1)) is None


def test_another_shot_is_not_borrowed_from() -> None:
    image = np.random.default_rng(9).random((HEIGHT, WIDTH, 3), np.float32)
    assert np.square(image - background(0)).mean(2).mean() > 4 * MOST_DIFFERENCE
    assert lent(frame(0), MatteInput(1, np.zeros((HEIGHT, WIDTH), np.uint8), image)) is None


def test_a_frame_lends_from_its_own_view() -> None:
    size, rng = (768, 1280), np.random.default_rng(7)
    drawn = cv2.GaussianBlur(rng.random((*size, 3), np.float32), (0, 0), 6)
    still = (drawn - drawn.min()) / (drawn.max() - drawn.min())

    def walking(t: int) -> MatteInput:
        painted, image, left = np.zeros(size, np.uint8), still.copy(), 320 + 32 * t
        painted[320:448, left : left + 96] = 128
        painted[352:416, left + 32 : left + 64] = 255
        image[340:428, left + 20 : left + 76] = (0.9, 0.2, 0.1)
        return MatteInput(t, painted, image)

    given = [walking(t) for t in range(5)]
    views = {unknown_view(each.trimap) for each in given if each.trimap is not None}
    assert len(views) == 5, "each frame is seen from elsewhere"
    backdrop = lent(given[2], given[0], given[1], given[3], given[4], reach=2)
    assert backdrop is not None
    unknown = given[2].picture(unknown_view(given[2].trimap)).seen.trimap[0, 0].numpy() == 128
    shown = unknown & known(backdrop)
    truth = MatteInput(2, given[2].trimap, still).picture(unknown_view(given[2].trimap)).seen.colours
    assert shown.sum() > 0.95 * unknown.sum(), "the frames beside those beside it show a fifth"
    assert np.abs(colours(backdrop) - truth)[shown].mean() < 0.02


def test_positions_lead_to_the_same_place_in_another_view() -> None:
    def seen(view: Box, height: int, width: int) -> Vantage:
        blank = Seen(torch.zeros(1, 3, height, width), torch.zeros(1, 1, height, width, dtype=torch.uint8))
        return Vantage(0, view, blank, Lending())

    def place(of: Vantage, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
        (height, width), view = of.seen.size, of.view
        across, down = (columns + 0.5) * view.width / width, (rows + 0.5) * view.height / height
        return np.stack([view.left + across, view.top + down])

    one, other = seen(Box(32, 64, 96, 128), 48, 64), seen(Box(16, 8, 160, 200), 120, 50)
    positions = tuple(np.random.default_rng(3).random((2, 5, 7), np.float32) * 40)
    np.testing.assert_allclose(place(other, *borrow._in_view(other, one, positions)), place(one, *positions), rtol=1e-5)


def test_pixels_that_look_like_the_backdrop_are_cleared_and_others_stay() -> None:
    centre, others = frame(0, seed=1), [frame(t, seed=t + 9) for t in (-2, -1, 1, 2)]
    backdrop = lent(centre, *others)
    assert backdrop is not None
    view = unknown_view(trimap())
    plate = SteadyPlate(centre.picture(view), [other.picture(view) for other in others])
    image, painted = plate.proxy(), plate.centre.seen.trimap
    image[..., 70:76, 100:112] = 0.9  # a strand in the covered part of the band
    left = cleared(image, painted, backdrop, foreground_colour(image, painted))[0, 0].numpy()
    changed = left != trimap()
    assert (left[changed] == 0).all() and (trimap()[changed] == 128).all()
    assert changed[HOLE][16:, 4 : 2 * STEP - 4].mean() > 0.6, "most of the band below the strand"
    assert (left[70:76, 100:112] == 128).all(), "the strand is still to be matted"
    assert (left[HOLE][:, 2 * STEP + 4 : -2 * STEP - 4] != 0).all(), "nobody knows the background there"


def test_without_enough_common_background_nothing_is_cleared() -> None:
    image = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    painted = torch.full((2, 1, 64, 64), 128, dtype=torch.uint8)
    painted[0, :, :16] = 0
    left = cleared(image, painted, Backdrop(image.clone(), torch.ones(2, 1, 64, 64)), torch.full_like(image, 9.0))
    assert (left[0] == 0).all()
    assert torch.equal(left[1], painted[1])


def test_what_looks_like_foreground_too_is_not_cleared() -> None:
    centre = frame(0, seed=1)
    backdrop = lent(centre, frame(1, seed=2))
    assert backdrop is not None
    seen = centre.picture(unknown_view(trimap())).seen
    apart = cleared(seen.proxy, seen.trimap, backdrop, torch.full_like(seen.proxy, 2.0))
    alike = cleared(seen.proxy, seen.trimap, backdrop, backdrop.colour + 0.01)
    assert (apart != seen.trimap).sum() > 100 and torch.equal(alike, seen.trimap)


def test_nothing_is_borrowed_from_what_passes_by_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lent(frame(0), frame(1)) is not None
    monkeypatch.setattr(borrow, "FARTHEST", STEP - 1)
    assert lent(frame(0), frame(1)) is None


@pytest.fixture
def given(matting, monkeypatch) -> list[Backdrop | None]:  # type: ignore[no-untyped-def]
    """The backdrops that the engine hands to the network."""
    given: list[Backdrop | None] = []
    plain = matting.context

    def context(proxy, proxy_trimap, backdrop):  # type: ignore[no-untyped-def]
        given.append(backdrop)
        return plain(proxy, proxy_trimap, backdrop)

    monkeypatch.setattr(matting, "context", context)
    return given


def test_the_engine_hands_the_backdrop_to_the_network(matting, given) -> None:  # type: ignore[no-untyped-def]
    inputs = [frame(t) for t in range(5)]
    assert len(list(matte(inputs, matting))) == 5
    assert all(backdrop is not None and known(backdrop)[HOLE].any() for backdrop in given)
    given.clear()
    assert len(list(matte(inputs, matting, window=0))) == 5
    assert given == [None] * 5


def test_the_trimaps_of_all_that_lend_count_and_no_others(matting, given) -> None:  # type: ignore[no-untyped-def]
    count, wanted = 1 + 2 * halo(1) + 2, halo(1) + 1
    inputs = [replace(frame(t), wanted=t == wanted) for t in range(count)]

    def first_member(changed: int | None) -> Backdrop:
        """What the frame before the wanted one, the first of its window, is lent."""
        given.clear()
        everything = np.full((HEIGHT, WIDTH), 128, np.uint8)
        shown = [replace(item, trimap=everything) if item.frame == changed else item for item in inputs]
        assert len(list(matte(shown, matting, window=1, side_by_side=False))) == 1
        assert given[0] is not None
        return given[0]

    plain = first_member(None)
    first = wanted - 1
    for other in (t for t in range(count) if t != first):
        counts = abs(other - first) <= lenders(1)
        assert torch.equal(first_member(other).known, plain.known) != counts, f"frame {other}"


@pytest.mark.parametrize("size", [(9, 12), (8, 7), (1, 1)], ids=str)
def test_frames_are_compared_at_every_other_pixel(size: tuple[int, int]) -> None:
    generator = np.random.default_rng(2)
    here, there = (generator.random((*size, 3), np.float32) for _ in range(2))
    known, some = generator.random(size) > 0.4, (slice(None, None, 2), slice(None, None, 2))
    colours = np.empty((6, known[some].size), np.float32)
    count = collect(here, there, known, 2, colours)
    assert count == np.count_nonzero(known[some])
    expected = np.concatenate([here[some][known[some]], there[some][known[some]]], 1).T
    np.testing.assert_array_equal(colours[:, :count], expected)
    gain, difference = np.float32([0.5, 1.0, 2.0]), np.empty(known[some].shape, np.float32)
    differ(here, there, gain, 2, difference)
    np.testing.assert_allclose(difference, ((there * gain - here) ** 2).mean(2)[some], rtol=1e-4, atol=1e-7)
