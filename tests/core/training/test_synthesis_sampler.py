"""Composites made on the fly, their trimaps, and the flow between image pairs."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from stfam.core.training.synthesis import flow
from stfam.core.training.synthesis.camera import Camera
from stfam.core.training.synthesis.compositing import composite
from stfam.core.training.synthesis.flow import displacement, flow_pair
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.layers import Layer, backdrop_layer, combined, occluded
from stfam.core.training.synthesis.library import ClipLibrary
from stfam.core.training.synthesis.motion import about
from stfam.core.training.synthesis.sampler import Recipe, sample_clip
from stfam.core.training.synthesis.trimaps import TrimapStyle, paint_trimap, random_style
from stfam.core.training.synthesis.types import Field, TrainingClip

CLEAN = Camera()


@pytest.fixture(scope="module")
def backgrounds(tmp_path_factory: pytest.TempPathFactory) -> ImageBank:
    """One smooth random picture."""
    folder = tmp_path_factory.mktemp("images")
    grid = np.random.default_rng(5).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    np.save(folder / "picture.npy", cv2.resize(grid, (500, 400), interpolation=cv2.INTER_CUBIC))
    return ImageBank(folder)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ClipLibrary:
    """A soft disc that moves to the right, striped so that its colour varies."""
    folder = tmp_path_factory.mktemp("clips")
    y, x = np.mgrid[0:200, 0:200]
    frames = np.zeros((6, 200, 200, 4), np.uint8)
    for t in range(6):
        frames[t, ..., 3] = 255 * np.clip((60 - np.hypot(x - 90 - 3 * t, y - 100)) / 12, 0, 1)
        frames[t, ..., :3] = np.where(((x - 3 * t) // 8 % 2 == 0)[..., None], (220, 90, 20), (20, 160, 220))
    np.save(folder / "disc.npy", frames)
    (folder / "disc.json").write_text('{"kind": "blur"}', encoding="utf-8")
    return ClipLibrary(folder)


def sampled(library: ClipLibrary, backgrounds: ImageBank, seed: int, recipe: Recipe) -> TrainingClip:
    return sample_clip(np.random.default_rng(seed), library, backgrounds, frames=3, size=96, recipe=recipe)


def test_clip_has_the_declared_shapes(library: ClipLibrary, backgrounds: ImageBank) -> None:
    clip = sample_clip(np.random.default_rng(0), library, backgrounds, frames=4, size=(64, 96))
    colours = (clip.image, clip.foreground, clip.background)
    assert all(a.shape == (4, 64, 96, 3) and a.dtype == np.uint8 for a in colours)
    assert clip.alpha.shape == (4, 64, 96) and clip.alpha.dtype == np.float32
    assert clip.trimap.shape == (4, 64, 96) and set(np.unique(clip.trimap)) <= {0, 128, 255}
    assert clip.alpha.min() >= 0 and clip.alpha.max() <= 1 and clip.kind == "blur"


@pytest.mark.parametrize("linear", [False, True], ids=["display", "linear"])
@pytest.mark.parametrize("seed", range(4))
def test_image_is_the_composite_of_what_is_said_to_be_in_it(
    library: ClipLibrary, backgrounds: ImageBank, seed: int, linear: bool
) -> None:
    recipe = Recipe(second=0.5, behind=0.5, occluder=0.5, linear=float(linear), camera=CLEAN)
    clip = sampled(library, backgrounds, seed, recipe)
    encode, decode = (_to_display, _to_linear) if linear else (_same, _same)
    fore, back = decode(clip.foreground / 255.0), decode(clip.background / 255.0)
    expected = encode(clip.alpha[..., None] * fore + (1 - clip.alpha[..., None]) * back)
    assert np.abs(clip.image / 255.0 - expected).max() < 1.6 / 255


def _same(value: np.ndarray) -> np.ndarray:
    return value


def _to_linear(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _to_display(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)


def test_seed_decides_the_clip(library: ClipLibrary, backgrounds: ImageBank) -> None:
    first, again, other = (sampled(library, backgrounds, seed, Recipe()) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.trimap, again.trimap)
    assert (first.image != other.image).any()


def test_still_clip_changes_in_noise_alone(library: ClipLibrary, backgrounds: ImageBank) -> None:
    recipe = Recipe(still=1.0, camera=Camera(noise=4.0), style=TrimapStyle(jitter=False))
    clip = sampled(library, backgrounds, 1, recipe)
    for steady in (clip.alpha, clip.foreground, clip.background, clip.trimap):
        np.testing.assert_array_equal(steady[0], steady[-1])
    difference = clip.image[0].astype(float) - clip.image[-1]
    assert 2.0 < difference.std() < 8.0


def test_moving_clip_moves(library: ClipLibrary, backgrounds: ImageBank) -> None:
    clip = sampled(library, backgrounds, 2, Recipe(still=0.0, camera=CLEAN))
    assert np.abs(clip.alpha[0] - clip.alpha[-1]).mean() > 0.001


def test_a_close_up_is_smooth_from_pixel_to_pixel(library: ClipLibrary, backgrounds: ImageBank) -> None:
    def look(close: float) -> tuple[float, float]:
        recipe = Recipe(still=1.0, second=0.0, behind=0.0, occluder=0.0, retexture=0.0, backdrop=0.0, close=close)
        clips = [sampled(library, backgrounds, seed, replace(recipe, camera=CLEAN)) for seed in range(8)]
        edges = np.mean([np.abs(np.diff(clip.alpha, axis=2)).max() for clip in clips])
        steps = np.mean([np.abs(np.diff(clip.background.astype(float), axis=2)).mean() for clip in clips])
        return float(edges), float(steps)

    (edges, steps), (close_edges, close_steps) = look(0.0), look(1.0)
    assert close_edges < 0.75 * edges and close_steps < 0.8 * steps


def test_a_backdrop_is_plain_and_often_green_or_blue() -> None:
    view = np.stack([np.eye(3)[:2]] * 2)
    made = [backdrop_layer(np.random.default_rng(seed), view, (48, 64)) for seed in range(60)]
    assert all(ground.shape == (2, 48, 64, 3) and ground.dtype == np.uint8 for ground in made)
    assert all(np.abs(np.diff(ground.astype(float), axis=2)).max() <= 24 for ground in made)
    means = np.array([ground.reshape(-1, 3).mean(0) for ground in made])
    others = np.stack([means[:, [1, 2]].max(1), means[:, [0, 2]].max(1), means[:, [0, 1]].max(1)], 1)
    saturated = (means > 1.25 * others).mean(0)
    assert saturated[1] > 0.15 and saturated[2] > 0.08


def test_combined_layers_composite_like_the_two_in_turn() -> None:
    rng = np.random.default_rng(2)
    layers = [Layer(rng.integers(0, 256, (1, 8, 8, 3), np.uint8), rng.random((1, 8, 8), np.float32)) for _ in range(2)]
    ground = rng.integers(0, 256, (1, 8, 8, 3), np.uint8)
    both = combined(*layers)
    at_once = composite(both.colour, both.alpha, ground, linear=False)
    behind = composite(layers[1].colour, layers[1].alpha, ground, linear=False)
    in_turn = composite(layers[0].colour, layers[0].alpha, behind, linear=False)
    np.testing.assert_allclose(at_once, in_turn.astype(float), atol=2)


def test_occluder_lands_in_the_background() -> None:
    rng = np.random.default_rng(3)
    colours, alphas = rng.integers(0, 256, (2, 1, 8, 8, 3), np.uint8), rng.random((2, 1, 8, 8), np.float32)
    layer, before = (Layer(colour, alpha) for colour, alpha in zip(colours, alphas, strict=True))
    ground = rng.integers(0, 256, (1, 8, 8, 3), np.uint8)
    matted, rest = occluded(layer, before, ground)
    mixed = composite(matted.colour, matted.alpha, rest, linear=False)
    expected = composite(
        before.colour, before.alpha, composite(layer.colour, layer.alpha, ground, linear=False), linear=False
    )
    np.testing.assert_allclose(mixed, expected.astype(float), atol=2)
    np.testing.assert_allclose(matted.alpha, layer.alpha * (1 - before.alpha), atol=1e-6)


def soft_disc(frames: int = 2) -> Field:
    y, x = np.mgrid[0:120, 0:120]
    disc = np.clip((36 - np.hypot(x - 60, y - 60)) / 6, 0, 1).astype(np.float32)
    return np.repeat(disc[None], frames, axis=0)


@pytest.mark.parametrize("seed", range(12))
def test_known_pixels_of_a_right_trimap_are_right(seed: int) -> None:
    rng = np.random.default_rng(seed)
    alpha = soft_disc()
    trimap = paint_trimap(rng, alpha, random_style(rng, wrong=0.0))
    assert (alpha[trimap == 255] >= 0.99).all() and (alpha[trimap == 0] <= 0.01).all()


@pytest.mark.parametrize(("inner", "outer"), [(2, 2), (6, 14), (20, 4)])
def test_band_is_as_wide_as_asked(inner: int, outer: int) -> None:
    style = TrimapStyle(inner=inner, outer=outer, unevenness=0.0)
    row = paint_trimap(np.random.default_rng(0), soft_disc(), style)[0, 60]
    unknown = np.flatnonzero(row[60:] == 128)
    assert unknown[0] == pytest.approx(30 - inner, abs=1.5) and unknown[-1] == pytest.approx(36 + outer, abs=1.5)


def test_jitter_paints_every_frame_anew_and_steady_does_not() -> None:
    for jitter in (False, True):
        style = TrimapStyle(unevenness=0.8, patch=20, jitter=jitter)
        first, second = paint_trimap(np.random.default_rng(0), soft_disc(), style)
        assert (first != second).any() == jitter


def test_brush_misses_small_holes() -> None:
    alpha = soft_disc()
    alpha[:, 56:64, 56:64] = 0.0
    fine, coarse = (
        paint_trimap(np.random.default_rng(0), alpha, TrimapStyle(1, 1, unevenness=0.0, brush=brush))[0, 60, 60]
        for brush in (0, 15)
    )
    assert (fine, coarse) == (0, 128)


def test_wrong_trimap_is_wrong_somewhere() -> None:
    alpha = soft_disc()
    trimap = paint_trimap(np.random.default_rng(0), alpha, TrimapStyle(1, 1, unevenness=0.0, shift=4.0))
    assert (alpha[trimap == 255] < 0.9).any() or (alpha[trimap == 0] > 0.1).any()


def test_displacement_is_that_of_the_matrix() -> None:
    field = displacement(about((32, 32), 0.1, 1.05, (3.0, -2.0)), 64)
    np.testing.assert_allclose(field[32, 32], (3.0, -2.0), atol=1e-5)
    x, y = 32 + 10 * 1.05 * np.cos(0.1) + 3, 32 + 10 * 1.05 * np.sin(0.1) - 2
    np.testing.assert_allclose(field[32, 42], (x - 42, y - 32), atol=1e-4)


def test_flow_explains_the_second_image(
    library: ClipLibrary, backgrounds: ImageBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean: Callable[[np.random.Generator], Camera] = lambda rng: CLEAN  # noqa: E731
    monkeypatch.setattr(flow, "random_camera", clean)
    y, x = np.mgrid[0:128, 0:128].astype(np.float32)
    for seed in range(3):
        first, second, field = flow_pair(np.random.default_rng(seed), library, backgrounds, size=128, reach=8.0)
        back = cv2.remap(second, x + field[..., 0], y + field[..., 1], cv2.INTER_LINEAR)
        explained = np.abs(back.astype(float) - first)[16:-16, 16:-16]
        unmoved = np.abs(second.astype(float) - first)[16:-16, 16:-16]
        # What is left are pixels that the front layers cover or uncover between the two images.
        assert np.median(explained) < 2.0 and explained.mean() < 0.6 * unmoved.mean()


@pytest.mark.parametrize("camera", [Camera(noise=3.0), Camera(shot=4.0, grain=0.8), Camera(quality=70)])
def test_camera_keeps_the_picture_and_changes_its_pixels(camera: Camera) -> None:
    clean = np.full((2, 48, 48, 3), 120, np.uint8)
    clean[:, 10:30] = (40, 180, 90)
    seen = camera.shoot(np.random.default_rng(0), clean)
    assert seen.shape == clean.shape and (seen != clean).any()
    assert abs(seen.astype(float).mean() - clean.mean()) < 2.0 and np.abs(seen.astype(float) - clean).mean() < 8.0


def test_folders_of_images_are_read_from_their_path(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "red.png"), np.full((80, 90, 3), (0, 0, 200), np.uint8))
    patch = ImageBank(tmp_path).patch(np.random.default_rng(0), 32, 0.5)
    assert patch.shape == (32, 32, 3) and tuple(patch[16, 16]) == (200, 0, 0)


def test_footage_keeps_its_own_motion(tmp_path: Path) -> None:
    picture = np.zeros((120, 160, 3), np.uint8)
    video = np.stack([np.full((120, 160, 3), 20 * t, np.uint8) for t in range(5)])
    np.save(tmp_path / "still.npy", picture)
    np.save(tmp_path / "lights.video.npy", video)
    bank = ImageBank(tmp_path)
    assert len(bank) == 1 and bank.choose(np.random.default_rng(0)).ndim == 3
    levels = bank.footage(np.random.default_rng(1), 48, 1.0, 8)[:, 24, 24, 0] // 20
    assert (np.abs(np.diff(levels.astype(int))) == 1).all(), "consecutive frames, to and fro"
    assert len(pickle.dumps(bank)) < 10_000
