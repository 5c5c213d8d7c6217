"""Noise goes, edges and what moved otherwise stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stfam.core.engine.borrow import Seen
from stfam.core.engine.proxies import proxy_image, proxy_trimap
from stfam.core.engine.steady import Picture, SteadyPlate
from stfam.core.engine.steady_kernel import follow, weigh_in
from stfam.core.network.box import Box

SIZE = (192, 256)
WHOLE = Box(0, 0, *SIZE)


def scene(shift: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(5).random((SIZE[0], SIZE[1] + 64, 3), np.float32)
    drawn = cv2.GaussianBlur(drawn, (0, 0), 3)
    drawn = (drawn - drawn.min()) / (drawn.max() - drawn.min())
    return np.ascontiguousarray(drawn[:, 32 + shift : 32 + shift + SIZE[1]])


def noisy(image: np.ndarray, seed: int, sigma: float = 5 / 255) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return (image + noise).clip(0, 1).astype(np.float32)


def picture(image: np.ndarray) -> Picture:
    return Picture(Seen(proxy_image(image), proxy_trimap(np.zeros(image.shape[:2], np.uint8))), image)


def error(image: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.square(image - truth).mean()))


@pytest.mark.parametrize("shift", [0, 3])
def test_noise_is_halved_along_the_motion(shift: int) -> None:
    frames = [picture(noisy(scene(t * shift), t + 2)) for t in range(-2, 3)]
    plate = SteadyPlate(frames[2], frames[:2] + frames[3:])
    steadied = plate.tile(WHOLE)
    inner = (slice(16, -16), slice(16, -16))
    assert error(steadied[inner], scene()[inner]) < 0.55 * error(frames[2].image[inner], scene()[inner])


def test_what_is_there_in_one_frame_alone_stays() -> None:
    strand = scene()
    cv2.line(strand, (100, 20), (140, 170), (0, 0, 0), 1, cv2.LINE_AA)
    frames = [picture(noisy(scene(), t)) for t in range(4)]
    steadied = SteadyPlate(picture(strand), frames).tile(WHOLE)
    drawn = np.abs(strand - scene()).max(2) > 0.3
    assert np.abs(steadied - strand)[drawn].max() < 0.05


def test_a_cut_changes_nothing() -> None:
    other = picture(noisy(1 - scene(40), 1))
    assert np.array_equal(SteadyPlate(picture(scene()), [other]).tile(WHOLE), scene())


def test_a_tile_is_a_part_of_the_whole() -> None:
    frames = [picture(noisy(scene(), t)) for t in range(3)]
    plate = SteadyPlate(frames[1], [frames[0], frames[2]])
    box = Box(32, 48, 64, 96)
    part, whole = plate.tile(box), plate.tile(WHOLE)[32:96, 48:144]
    assert np.abs(part - whole)[4:-4, 4:-4].max() < 1e-5


def test_a_view_of_the_frame_steadies_what_it_shows() -> None:
    box = Box(64, 96, 96, 128)
    images = [noisy(scene(3 * t), t + 2) for t in range(-2, 3)]
    seen = [Picture(Seen(proxy_image(i, box), proxy_trimap(np.zeros(SIZE, np.uint8), box)), i) for i in images]
    steadied = SteadyPlate(seen[2], seen[:2] + seen[3:], view=box).tile(box)
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    truth, given = scene()[rows, columns], images[2][rows, columns]
    inner = (slice(16, -16), slice(16, -16))
    assert error(steadied[inner], truth[inner]) < 0.55 * error(given[inner], truth[inner])
    assert not SteadyPlate(seen[2], [], view=box).equals(SteadyPlate(seen[2], [], view=WHOLE))


def test_a_tile_beyond_the_frame_is_its_part_inside() -> None:
    assert SteadyPlate(picture(scene()), []).tile(Box(160, 224, 64, 64)).shape == (32, 32, 3)


def test_held_frames_are_left_out_so_that_a_hold_is_one_plate() -> None:
    a, b, c = (picture(noisy(scene(), seed)) for seed in range(3))
    first = SteadyPlate(b, [a, a, b, c])
    assert len(first.others) == 2 and first.equals(SteadyPlate(b, [a, b, c, c]))
    assert not first.equals(SteadyPlate(b, [a]))


def test_the_proxy_is_steadied_too() -> None:
    frames = [picture(noisy(scene(), t)) for t in range(5)]
    plate = SteadyPlate(frames[2], frames[:2] + frames[3:])
    clean = proxy_image(scene())
    assert plate.proxy().shape == clean.shape
    assert error(plate.proxy().numpy(), clean.numpy()) < 0.55 * error(frames[2].seen.proxy.numpy(), clean.numpy())


def test_what_moves_unfollowed_says_nothing_about_the_noise() -> None:
    rng = np.random.default_rng(6)
    still = scene()
    moving = (slice(None), slice(84, None))

    def frame(seed: int) -> np.ndarray:
        image = noisy(still, seed, 1 / 255)
        image[moving] += rng.normal(0, 9 / 255, image[moving].shape).astype(np.float32)
        return image.clip(0, 1)

    frames = [picture(frame(t)) for t in range(5)]
    plate = SteadyPlate(frames[2], frames[:2] + frames[3:])
    change = np.abs(plate.tile(WHOLE) - frames[2].image)
    assert still.shape[1] == 256, "a third of the frame can be followed"
    assert change[moving].mean() < 0.2 / 255
    assert change[:, :80].mean() > 0.3 / 255


def bilinear(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(H, W, C) at positions (h, w), by torch."""
    height, width = image.shape[:2]
    grid = torch.from_numpy(np.stack([2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1], -1).astype(np.float32))
    source = torch.from_numpy(image).permute(2, 0, 1)
    sampled = F.grid_sample(source[None], grid[None], padding_mode="border", align_corners=True)
    return sampled[0].permute(1, 2, 0).numpy()


def test_a_neighbour_is_followed_where_the_flow_leads() -> None:
    generator = np.random.default_rng(0)
    image, flow = generator.random((90, 120, 3), np.float32), generator.normal(0, 4, (30, 48, 2)).astype(np.float32)
    columns, rows = np.arange(8, 120, 3, dtype=np.float32), np.arange(0, 90, 2, dtype=np.float32)
    here = generator.random((len(rows), len(columns), 3), np.float32)
    there, difference = np.empty_like(here), np.empty(here.shape[:2], np.float32)
    for first, last in ((0, 20), (20, len(rows))):
        follow(image, flow, columns, rows, 7, -5, 120 / 48, 90 / 30, here, there, difference, first, last)
    x, y = np.meshgrid(columns, rows)
    motion = bilinear(flow, (x - 7 + 0.5) / 2.5 - 0.5, (y + 5 + 0.5) / 3 - 0.5)
    expected = bilinear(image, x + 2.5 * motion[..., 0], y + 3 * motion[..., 1])
    assert np.abs(there - expected).max() < 1e-4
    assert np.allclose(difference, np.square(there - here).mean(2), atol=1e-6)


def test_what_differs_by_more_than_noise_weighs_less() -> None:
    there, patches = np.full(9, 0.5, np.float32), np.array([0, 0.01, 0.03], np.float32)
    total, weight = np.zeros(9, np.float32), np.ones(3, np.float32)
    weigh_in(there, patches, 0.01, total, weight, 0, 3)
    assert weight == pytest.approx([2, 2, 1 + np.exp(-2)], abs=1e-6)
    assert total.reshape(3, 3)[:, 1] == pytest.approx((weight - 1) / 2, abs=1e-6)
