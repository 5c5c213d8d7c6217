"""Hidden background is read where a neighbour shows it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from stfam.core.engine import borrow
from stfam.core.engine.borrow import MOST_DIFFERENCE
from stfam.core.engine.frame_record import MatteInput
from stfam.core.engine.matte import matte
from stfam.core.engine.proxies import proxy_image, proxy_trimap
from stfam.core.engine.steady import Picture, SteadyPlate
from stfam.core.network.backdrop import Backdrop, cleared
from stfam.core.network.colour_diffusion import foreground_colour

HEIGHT, WIDTH = 192, 256
STEP = 8
"""Pixels that the camera's pan moves the background from frame to frame; the foreground stays."""
HOLE = (slice(64, 128), slice(96, 160))
"""The unknown region, with the foreground in its middle."""


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


def frame(t: int, *, pan: bool = True, gain: float = 1.0, seed: int | None = None) -> Picture:
    image = background(t if pan else 0)
    image[88:104, 120:136] = (0.1, 0.8, 0.2)
    image *= gain
    if seed is not None:
        image += np.random.default_rng(seed).normal(0, 3 / 255, image.shape).astype(np.float32)
    image = image.clip(0, 1)
    return Picture(proxy_image(image), proxy_trimap(trimap()), image)


def colours(backdrop: Backdrop) -> np.ndarray:
    return backdrop.colour[0].permute(1, 2, 0).numpy()


def known(backdrop: Backdrop) -> np.ndarray:
    return backdrop.known[0, 0].numpy() > 0


def lent(centre: Picture, *others: Picture) -> Backdrop | None:
    return SteadyPlate(centre, others, others).backdrop()


@pytest.mark.parametrize("gain", [1.0, 0.8])
def test_a_pan_shows_what_the_band_hides(gain: float) -> None:
    backdrop = lent(frame(0), *(frame(t, gain=gain) for t in (-2, -1, 1, 2)))
    assert backdrop is not None
    shown = known(backdrop)[HOLE]
    assert shown[:, 4 : 2 * STEP - 4].mean() > 0.95 and shown[:, 4 - 2 * STEP : -4].mean() > 0.95
    assert not shown[:, 2 * STEP + 4 : -2 * STEP - 4].any(), "no neighbour shows the middle"
    assert np.abs(colours(backdrop) - background(0))[HOLE][shown].mean() < 0.02


def test_of_two_equal_frames_the_one_beside_lends() -> None:
    before, beside, after = frame(-1), frame(-1), frame(1)
    doubled = SteadyPlate(frame(0), [before, beside, after], [beside, after])
    plain = SteadyPlate(frame(0), [beside, after], [beside, after]).backdrop()
    found = doubled.backdrop()
    assert found is not None and plain is not None
    assert torch.equal(found.known, plain.known)


def test_a_frame_of_a_hold_borrows_nothing() -> None:
    held = frame(0)
    assert lent(frame(0), held, frame(1)) is None


def test_what_stands_still_shows_nothing() -> None:
    backdrop = lent(frame(0), *(frame(t, pan=False, seed=t + 3) for t in (-1, 1)))
    assert backdrop is None or not known(backdrop)[HOLE].any()


def test_a_frame_alone_or_without_known_background_borrows_nothing() -> None:
    assert lent(frame(0)) is None
    assert SteadyPlate(frame(0), [frame(1)]).backdrop() is None, "the other steadies it alone"
    everything = proxy_trimap(np.full((HEIGHT, WIDTH), 128, np.uint8))
    given = frame(0)
    assert lent(Picture(given.proxy, everything, given.image), frame(1)) is None


def test_another_shot_is_not_borrowed_from() -> None:
    image = np.random.default_rng(9).random((HEIGHT, WIDTH, 3), np.float32)
    other = Picture(proxy_image(image), proxy_trimap(np.zeros((HEIGHT, WIDTH), np.uint8)), image)
    assert np.square(image - background(0)).mean(2).mean() > 4 * MOST_DIFFERENCE
    assert lent(frame(0), other) is None


def test_pixels_that_look_like_the_backdrop_are_cleared_and_others_stay() -> None:
    others = [frame(t, seed=t + 9) for t in (-2, -1, 1, 2)]
    plate = SteadyPlate(frame(0, seed=1), others, others)
    backdrop = plate.backdrop()
    assert backdrop is not None
    image, painted = plate.proxy(), plate.centre.trimap
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


def test_what_looks_like_foreground_too_is_not_cleared() -> None:
    centre = frame(0, seed=1)
    backdrop = lent(centre, frame(1, seed=2))
    assert backdrop is not None
    image, painted = centre.proxy, centre.trimap
    apart = cleared(image, painted, backdrop, torch.full_like(image, 2.0))
    alike = cleared(image, painted, backdrop, backdrop.colour + 0.01)
    assert (apart != painted).sum() > 100 and torch.equal(alike, painted)


def test_nothing_is_borrowed_from_what_passes_by_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lent(frame(0), frame(1)) is not None
    monkeypatch.setattr(borrow, "FARTHEST", STEP - 1)
    assert lent(frame(0), frame(1)) is None


def test_the_engine_hands_the_backdrop_to_the_network(matting, given) -> None:  # type: ignore[no-untyped-def]
    inputs = [MatteInput(t, trimap(), frame(t).image) for t in range(5)]
    assert len(list(matte(inputs, matting))) == 5
    assert all(backdrop is not None and known(backdrop)[HOLE].any() for backdrop in given)
    given.clear()
    assert len(list(matte(inputs, matting, window=0))) == 5
    assert given == [None] * 5


@pytest.mark.parametrize(("repainted", "counts"), [(3, True), (4, False)], ids=["beside", "two away"])
def test_the_trimaps_beside_a_frame_count(matting, given, repainted: int, counts: bool) -> None:  # type: ignore[no-untyped-def]
    inputs = [MatteInput(t, trimap(), frame(t).image) for t in range(5)]
    assert len(list(matte(inputs, matting, side_by_side=False))) == 5
    inputs[repainted] = replace(inputs[repainted], trimap=np.full((HEIGHT, WIDTH), 128, np.uint8))
    assert len(list(matte(inputs, matting, side_by_side=False))) == 5
    before, after = given[2], given[7]
    assert before is not None and after is not None
    assert torch.equal(before.known, after.known) != counts
