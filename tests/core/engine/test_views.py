"""A small subject is looked at from nearer, and what is seen there lands where it belongs in the frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stfam.core.engine import propagate as propagating
from stfam.core.engine.keyframe_spans import keyframe_spans
from stfam.core.engine.matte import matte
from stfam.core.engine.matte_input import MatteInput
from stfam.core.engine.propagate import Keyframes, ProxyFrame, propagate
from stfam.core.engine.proxies import NEAR_SIDE, Proxies, proxy_image
from stfam.core.engine.trimap_growth import grow_trimap, subject_box
from stfam.core.engine.views import AREA, LEAST_GAIN, following_view, unknown_view, view_size
from stfam.core.network.box import Box, contains, whole
from stfam.core.network.weights import load_matting, load_propagation

HD = (1080, 1920)


def unknown_at(box: Box, size: tuple[int, int] = HD) -> np.ndarray:
    trimap = np.zeros(size, np.uint8)
    trimap[box.top : box.bottom, box.left : box.right] = 128
    return trimap


class TestUnknownView:
    @pytest.mark.parametrize("box", [Box(400, 800, 300, 200), Box(0, 0, 40, 30), Box(700, 1500, 380, 420)], ids=str)
    def test_a_small_region_is_shown_with_its_surroundings_at_a_larger_scale(self, box: Box) -> None:
        view = unknown_view(unknown_at(box))
        assert contains(view, box.grown(64, whole(HD))) and contains(whole(HD), view)
        height, width = view_size(view, HD)
        assert height % 32 == width % 32 == 0 and height * width <= 1.1 * AREA
        assert width / view.width > LEAST_GAIN * 0.9 * 512 / 1920

    def test_nothing_is_shown_larger_than_it_is(self) -> None:
        view = unknown_view(unknown_at(Box(500, 900, 20, 20)))
        assert view_size(view, HD) <= (view.height + 16, view.width + 16)

    @pytest.mark.parametrize("box", [Box(0, 0, *HD), Box(100, 100, 800, 1600), Box(5, 5, 0, 0)], ids=str)
    def test_what_fills_the_frame_or_is_not_there_is_shown_as_the_whole(self, box: Box) -> None:
        assert unknown_view(unknown_at(box)) == whole(HD)

    def test_a_frame_no_larger_than_a_proxy_is_always_shown_whole(self) -> None:
        assert unknown_view(unknown_at(Box(10, 10, 40, 40), (288, 512))) == whole((288, 512))

    @pytest.mark.parametrize(
        ("box", "size", "view"),
        [
            (Box(400, 800, 300, 200), HD, Box(320, 720, 480, 400)),
            (Box(700, 1500, 380, 420), HD, Box(560, 1360, 520, 560)),
            (Box(100, 300, 60, 50), (400, 1152), Box(0, 192, 240, 240)),
            (Box(300, 100, 50, 60), (1152, 400), Box(192, 0, 240, 240)),
            (Box(200, 300, 500, 1000), HD, whole(HD)),
        ],
        ids=["margin of its size", "frame's corner", "least margin", "upright", "a sixth larger"],
    )
    def test_a_view_lies_on_the_grid_around_its_margin(self, box: Box, size: tuple[int, int], view: Box) -> None:
        assert unknown_view(unknown_at(box, size)) == view

    def test_the_whole_frame_has_its_longer_side_at_proxy_size(self) -> None:
        assert view_size(whole((1536, 2048)), (1536, 2048)) == (384, 512)

    def test_small_motions_leave_the_view_where_it_is(self) -> None:
        views = {unknown_view(unknown_at(Box(410, 810 + step, 300, 200))) for step in range(0, 40, 4)}
        assert len(views) <= 2


class TestFollowingView:
    subject = Box(400, 800, 200, 100)

    def test_stays_while_the_subject_is_well_inside(self) -> None:
        first = following_view(None, self.subject, HD)
        assert following_view(first, Box(420, 830, 200, 100), HD) == first

    def test_moves_by_whole_cells_of_the_memory_and_keeps_its_size(self) -> None:
        first = following_view(None, self.subject, HD)
        moved = following_view(first, Box(400, 1000, 200, 100), HD)
        assert (moved.height, moved.width) == (first.height, first.width) and moved != first
        cell = first.width / (view_size(first, HD)[1] // 8)
        steps = (moved.left - first.left) / cell
        assert abs(steps - round(steps)) * cell <= 0.5
        assert contains(moved, Box(400, 1000, 200, 100))

    @pytest.mark.parametrize(
        ("top", "left", "view"),
        [
            (400, 924, Box(160, 560, 640, 560)),
            (400, 925, Box(185, 700, 640, 560)),
            (400, 1000, Box(185, 764, 640, 560)),
            (400, 600, Box(185, 369, 640, 560)),
            (700, 800, Box(431, 573, 640, 560)),
            (100, 800, Box(0, 573, 640, 560)),
        ],
        ids=["half its margin", "a pixel more", "right", "left", "down", "up"],
    )
    def test_has_the_subject_in_the_middle_as_near_as_cells_and_borders_let_it(
        self, top: int, left: int, view: Box
    ) -> None:
        first = following_view(None, self.subject, HD)
        assert first == Box(160, 560, 640, 560) and view_size(first, HD) == (416, 352)
        assert following_view(first, Box(top, left, 200, 100), HD) == view

    def test_stays_inside_the_frame(self) -> None:
        first = following_view(None, self.subject, HD)
        for left in range(800, 1850, 50):
            first = following_view(first, Box(400, min(left, 1820), 200, 100), HD)
            assert contains(whole(HD), first)

    def test_grows_with_the_subject_and_looks_nearer_only_where_it_pays(self) -> None:
        first = following_view(None, self.subject, HD)
        large = following_view(first, Box(200, 500, 700, 400), HD)
        assert large.height > first.height
        assert following_view(large, Box(250, 550, 600, 350), HD) == large
        assert following_view(large, self.subject, HD).height < large.height

    def test_a_subject_that_is_gone_is_looked_for_in_the_whole_frame(self) -> None:
        assert following_view(following_view(None, self.subject, HD), None, HD) == whole(HD)


class TestProxies:
    def test_a_view_is_a_proxy_of_that_part(self) -> None:
        image = np.random.default_rng(1).random((600, 800, 3), np.float32)
        view = Box(96, 160, 320, 256)
        assert torch.allclose(Proxies.of(image).seen(view), proxy_image(image, view), atol=1e-3)
        assert torch.equal(Proxies.of(image).seen(whole((600, 800))), proxy_image(image))

    def test_large_frames_keep_a_smaller_copy(self) -> None:
        image = cv2.resize(np.random.default_rng(1).random((15, 32, 3), np.float32), (4096, 1920))
        proxies, view = Proxies.of(image), Box(320, 1024, 960, 1280)
        assert proxies.near is not None and max(proxies.near.shape) == NEAR_SIDE
        assert (proxies.seen(view) - proxy_image(image, view)).abs().mean() < 2e-3

    def test_a_small_frame_is_not_kept_twice(self) -> None:
        assert Proxies.of(np.zeros((200, 300, 3), np.float32)).near is None


def test_shares_of_a_view_land_there_and_all_else_is_background() -> None:
    shares, view = torch.zeros(1, 3, 64, 96, dtype=torch.uint8), Box(100, 200, 128, 192)
    shares[:, 0] = 255
    shares[:, 0, 16:48, 24:72], shares[:, 1, 16:48, 24:72] = 0, 255
    shares[:, 1, 28:36, 40:56], shares[:, 2, 28:36, 40:56] = 0, 255
    trimap = grow_trimap(shares, (400, 640), view)
    assert trimap[164, 296] == 255 and trimap[140, 260] == 128
    assert not trimap[:100].any() and not trimap[228:].any() and not trimap[:, :200].any() and not trimap[:, 392:].any()
    assert subject_box(shares, view) == Box(132, 248, 64, 96)
    shares[:, 0] = 255
    assert subject_box(shares, view) is None


class Film:
    """A ball with a soft rim, 80 pixels across in a frame of 640x1152, that flies over a wall."""

    size = (640, 1152)
    count = 9

    def __init__(self) -> None:
        generator = np.random.default_rng(3)
        wall = cv2.resize(generator.random((80, 144, 3), np.float32), self.size[::-1], interpolation=cv2.INTER_CUBIC)
        self.wall = 0.5 * wall.clip(0, 1)
        self.ball = cv2.resize(generator.random((12, 12, 3), np.float32), (120, 120)) * (0.2, 0.5, 0.9) + (
            0.3,
            0.4,
            0.1,
        )

    def place(self, frame: int) -> tuple[int, int]:
        return 160 + 24 * frame, 200 + 60 * frame

    def alpha(self, frame: int) -> np.ndarray:
        rows, columns = np.indices(self.size, np.float32)
        y, x = self.place(frame)
        return np.asarray(((40 - np.hypot(rows - y, columns - x)) / 8 + 0.5).clip(0, 1), np.float32)

    def image(self, frame: int) -> np.ndarray:
        alpha, (y, x) = self.alpha(frame)[..., None], self.place(frame)
        ball = np.zeros((*self.size, 3), np.float32)
        ball[y - 60 : y + 60, x - 60 : x + 60] = self.ball
        return np.asarray((alpha * ball + (1 - alpha) * self.wall).clip(0, 1), np.float32)

    def trimap(self, frame: int) -> np.ndarray:
        alpha, brush = self.alpha(frame), np.ones((13, 13), np.uint8)
        unknown = cv2.dilate(((alpha > 0) & (alpha < 1)).astype(np.uint8), brush) > 0
        return np.where(unknown, 128, np.where(alpha == 1, 255, 0)).astype(np.uint8)

    def carried(self, keys: tuple[int, ...], wanted: tuple[int, ...]) -> dict[int, np.ndarray]:
        def read(frames):
            return (ProxyFrame(frame, Proxies.of(self.image(frame))) for frame in frames)

        frames = tuple(range(self.count))
        network = load_propagation("lite", "cpu")
        spans = keyframe_spans(frames, keys)
        return dict(
            propagate(read(frames), Keyframes(keys, self.trimap), spans, network, wanted=wanted, read_proxies=read)
        )


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float(((one == 128) & (other == 128)).sum() / ((one == 128) | (other == 128)).sum())


def test_a_small_fast_subject_is_followed_as_well_as_in_the_whole_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    film = Film()
    near = film.carried((0,), tuple(range(film.count)))
    monkeypatch.setattr(propagating, "following_view", lambda before, subject, size: whole(size))
    far = film.carried((0,), tuple(range(film.count)))
    nearer, farther = (np.mean([overlap(found[t], film.trimap(t)) for t in range(1, 9)]) for found in (near, far))
    assert nearer > farther - 0.03
    assert nearer > 0.75


def test_a_part_of_a_clip_is_followed_alike() -> None:
    film = Film()
    everything = film.carried((0, 8), tuple(range(film.count)))
    assert all(np.array_equal(everything[t], found) for t, found in film.carried((0, 8), (3, 5)).items())


def test_the_matte_of_a_small_subject_is_right_in_its_place() -> None:
    film = Film()
    inputs = [MatteInput(t, film.trimap(t), film.image(t), t == 4) for t in range(film.count)]
    assert unknown_view(film.trimap(4)) != whole(film.size)
    (_, alpha), *_ = matte(inputs, load_matting("lite", "cpu"))
    unknown = film.trimap(4) == 128
    assert np.abs(alpha - film.alpha(4))[unknown].mean() < 0.05
    assert np.array_equal(alpha[~unknown], film.alpha(4)[~unknown])
