"""Foreground clips: what the kinds draw, how a library keeps them, which pictures serve as well."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from stfam.core.errors import InputError
from stfam.core.training.synthesis.canvas import SIZE, premultiplied, straight
from stfam.core.training.synthesis.foregrounds import read_pictures
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.library import KINDS, ClipLibrary, make_clip
from stfam.core.training.synthesis.materials import Materials


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four smooth random pictures, one of them memory-mapped."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(5)
    for n in range(4):
        grid = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        picture = cv2.resize(grid, (320, 240), interpolation=cv2.INTER_CUBIC)
        if n == 0:
            np.save(folder / "picture.npy", picture)
        else:
            cv2.imwrite(str(folder / f"picture{n}.png"), picture)
    return folder


@pytest.mark.parametrize("kind", list(KINDS))
def test_kind_draws_a_matte_that_is_never_cut_off(kind: str, images: Path) -> None:
    materials = Materials.of(images, None, "train")
    clip = KINDS[kind](np.random.default_rng(3), materials, 2)
    alpha = clip[..., 3]
    assert clip.shape == (2, SIZE, SIZE, 4) and clip.dtype == np.uint8
    assert ((alpha > 10) & (alpha < 245)).sum() > 200, "no part-transparent pixel"
    assert (alpha > 128).mean() > 0.005, "an empty clip"
    border = np.concatenate([alpha[:, 0], alpha[:, -1], alpha[:, :, 0], alpha[:, :, -1]], axis=1)
    assert (border > 8).mean() < 0.01


def test_strands_are_the_same_from_frame_to_frame(images: Path) -> None:
    clip = KINDS["fur"](np.random.default_rng(8), Materials.of(images, None, "train"), 3)
    other = KINDS["fur"](np.random.default_rng(9), Materials.of(images, None, "train"), 1)
    alpha = clip[..., 3].astype(float)
    assert np.abs(alpha[1] - alpha[0]).mean() < 0.5 * np.abs(alpha[0] - other[0, ..., 3]).mean()


def test_same_seed_draws_the_same_clip(images: Path) -> None:
    clips = [KINDS["translucent"](np.random.default_rng(1), Materials.of(images, None, "train"), 1) for _ in range(2)]
    np.testing.assert_array_equal(clips[0], clips[1])


def test_straight_undoes_premultiplication_and_continues_colour_outwards() -> None:
    colour = np.zeros((32, 32, 3), np.float32) + np.array([0.8, 0.4, 0.2], np.float32)
    alpha = np.zeros((32, 32), np.float32)
    alpha[8:24, 8:24] = np.linspace(0.2, 1.0, 16, dtype=np.float32)
    frame = straight(premultiplied(colour, alpha))
    np.testing.assert_allclose(frame[..., 3] / 255, alpha, atol=0.002)
    np.testing.assert_allclose(frame[..., :3] / 255, colour, atol=0.03)


def test_library_is_resumed_and_read_back(images: Path, tmp_path: Path) -> None:
    path = make_clip(3, tmp_path, images, None, "train", 0)
    written = path.stat().st_mtime_ns
    assert make_clip(3, tmp_path, images, None, "train", 0) == path and path.stat().st_mtime_ns == written
    library = ClipLibrary(tmp_path)
    clip = library.choose(np.random.default_rng(0))
    assert clip.kind == "translucent" and json.loads(path.with_suffix(".json").read_text())["kind"] == clip.kind
    assert library.frames(clip).shape == (12, SIZE, SIZE, 4)
    assert len(pickle.dumps(library)) < 10_000, "the maps must not travel to worker processes"


def test_splits_draw_different_clips_from_one_seed(images: Path, tmp_path: Path) -> None:
    train, val = (make_clip(3, tmp_path / split, images, None, split, 0) for split in _made(tmp_path, "train", "val"))
    assert (np.load(train) != np.load(val)).any()


def _made(folder: Path, *names: str) -> tuple[str, ...]:
    for name in names:
        (folder / name).mkdir()
    return names


def test_folder_of_pictures_with_alpha_is_a_library(tmp_path: Path) -> None:
    picture = np.zeros((40, 60, 4), np.uint8)
    picture[10:30, 10:50] = (30, 60, 200, 128)
    for name in ("walk.0001.png", "walk.0002.png", "alone.png"):
        cv2.imwrite(str(tmp_path / name), picture)
    library = ClipLibrary(tmp_path)
    frames = {clip.path.name: library.frames(clip) for clip in library.clips}
    assert {name: len(clip) for name, clip in frames.items()} == {"alone.png": 1, "walk.0001.png": 2}
    np.testing.assert_allclose(frames["alone.png"][0, 20, 30], (200, 60, 30, 128), atol=1)


def test_premultiplied_linear_exr_becomes_straight_and_display_encoded(tmp_path: Path) -> None:
    OpenImageIO = pytest.importorskip("OpenImageIO")
    light = np.full((16, 16, 4), (0.25, 0.125, 0.0, 0.5), np.float32)
    buffer = OpenImageIO.ImageBuf(OpenImageIO.ImageSpec(16, 16, 4, OpenImageIO.FLOAT))
    buffer.set_pixels(OpenImageIO.ROI(), light)
    assert buffer.write(str(tmp_path / "puff.exr"))
    frame = read_pictures((tmp_path / "puff.exr",))[0]
    np.testing.assert_allclose(frame[8, 8], (188, 137, 0, 128), atol=1)


Corner = tuple[int, int]


def _exr(path: Path, pixels: np.ndarray, names: tuple[str, ...] = tuple("RGBA"), corner: Corner = (0, 0)) -> None:
    """An OpenEXR file of 40x30 px, whose data window begins at a corner (x, y)."""
    OpenImageIO = pytest.importorskip("OpenImageIO")
    spec = OpenImageIO.ImageSpec(pixels.shape[1], pixels.shape[0], len(names), OpenImageIO.FLOAT)
    spec.channelnames, (spec.x, spec.y) = names, corner
    spec.full_width, spec.full_height = 40, 30
    buffer = OpenImageIO.ImageBuf(spec)
    buffer.set_pixels(spec.roi, pixels.astype(np.float32))
    assert buffer.write(str(path))


def test_exr_frames_lie_where_their_data_windows_do(tmp_path: Path) -> None:
    for t, size in enumerate(((10, 12), (10, 13))):
        _exr(tmp_path / f"part.{t}.exr", np.ones((*size, 4)), corner=(5 * t, 8))
    clip = read_pictures((tmp_path / "part.0.exr", tmp_path / "part.1.exr"))
    assert clip.shape == (2, 30, 40, 4)
    for t, width in enumerate((12, 13)):
        assert (clip[t, 8:18, 5 * t : 5 * t + width, 3] == 255).all()
        assert (clip[t, ..., 3] > 0).sum() == 10 * width
    ClipLibrary(tmp_path).check()


def test_exr_without_a_number_somewhere_keeps_its_colours(tmp_path: Path) -> None:
    pixels = np.ones((30, 40, 4))
    pixels[3, 4], pixels[20, 30, :3] = np.nan, np.inf
    _exr(tmp_path / "a.exr", pixels)
    clip = read_pictures((tmp_path / "a.exr",))
    assert clip[0, 3, 4, 3] == 0 and (clip[0, 10:, :, :] == 255).all()


def test_float_tiff_is_read_as_it_is(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.tif"), np.full((20, 30, 4), 0.5, np.float32))
    np.testing.assert_allclose(read_pictures((tmp_path / "a.tif",)), 128, atol=1)


def test_picture_without_alpha_is_named(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "opaque.png"), np.zeros((8, 8, 3), np.uint8))
    library = ClipLibrary(tmp_path)
    with pytest.raises(InputError, match=r"opaque\.png"):
        library.frames(library.clips[0])


@pytest.mark.parametrize("bank", [ImageBank, ClipLibrary], ids=["images", "clips"])
def test_empty_folder_is_an_error(bank: type, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected"):
        bank(tmp_path)


def test_clip_of_another_layout_is_an_error(tmp_path: Path) -> None:
    np.save(tmp_path / "grey.npy", np.zeros((4, 8, 8), np.uint8))
    library = ClipLibrary(tmp_path)
    with pytest.raises(InputError, match="straight RGBA"):
        library.frames(library.clips[0])


def _rgba(path: Path, size: tuple[int, int] = (20, 30), channels: int = 4, alpha: int = 200) -> None:
    picture = np.full((*size, channels), 90, np.uint8)
    picture[..., 3:] = alpha
    cv2.imwrite(str(path), picture)


def _cut_short(path: Path, pixels: np.ndarray) -> None:
    np.save(path, pixels)
    path.write_bytes(path.read_bytes()[:-40])


def _without_kind(path: Path) -> None:
    np.save(path, np.full((2, 8, 8, 4), 90, np.uint8))
    path.with_suffix(".json").write_text('{"seed": 3}')


def _mixed(folder: Path) -> None:
    _rgba(folder / "a1.png")
    _rgba(folder / "a2.png", (24, 30))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: _rgba(folder / "a.png", channels=3), r"a\.png is not a picture with alpha"),
        (lambda folder: (folder / "a.png").write_bytes(b"no PNG"), r"a\.png is not a picture with alpha"),
        (lambda folder: (folder / "a.exr").write_bytes(b"no EXR"), r"a\.exr is not a picture with alpha"),
        (lambda folder: _exr(folder / "a.exr", np.ones((30, 40, 4)), tuple("RGBZ")), r"a\.exr is not a picture with"),
        (lambda folder: _rgba(folder / "a.png", (4, 3000)), r"a\.png has 3000x4 pixels: too few"),
        (_mixed, r"a2\.png has another size than"),
        (lambda folder: _cut_short(folder / "a.npy", np.ones((2, 8, 8, 4), np.uint8)), r"a\.npy is not a whole"),
        (lambda folder: np.save(folder / "a.npy", np.ones((2, 8, 8, 4), np.float32)), r"a\.npy holds float32"),
        (lambda folder: np.save(folder / "a.npy", np.zeros((2, 8, 8, 4), np.uint8)), r"a\.npy has an alpha of 0"),
        (lambda folder: _without_kind(folder / "a.npy"), r"a\.json does not say what kind"),
    ],
    ids=["no alpha", "no picture", "no EXR", "depth", "thin", "two sizes", "cut short", "floats", "empty", "no kind"],
)
def test_a_foreground_that_cannot_serve_is_named_at_the_start(
    make: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    make(tmp_path)
    with pytest.raises(InputError, match=said):
        ClipLibrary(tmp_path).check()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: (folder / "b.jpg").write_bytes(b"no JPEG"), r"b\.jpg could not be read"),
        (lambda folder: np.save(folder / "b.npy", np.ones((80, 80, 3), np.float32)), r"b\.npy holds float32"),
        (lambda folder: np.save(folder / "b.npy", np.ones((80, 80), np.uint8)), r"expected uint8 \(H, W, 3\)"),
        (lambda folder: np.save(folder / "b.video.npy", np.ones((80, 80, 3), np.uint8)), r"uint8 \(T, H, W, 3\)"),
        (lambda folder: _cut_short(folder / "b.npy", np.ones((80, 80, 3), np.uint8)), r"b\.npy is not a whole"),
        (lambda folder: (folder / "b.npy").write_bytes(b"\x93NUMPY\1\0\2\0{("), r"b\.npy is not a whole"),
    ],
    ids=["no picture", "floats", "grey", "no video", "cut short", "torn head"],
)
def test_a_background_that_cannot_serve_is_named_at_the_start(
    make: Callable[[Path], object], said: str, images: Path, tmp_path: Path
) -> None:
    make(tmp_path)
    with pytest.raises(InputError, match=said):
        ImageBank(images, tmp_path).check()


def test_what_serves_passes(images: Path, tmp_path: Path) -> None:
    ImageBank(images).check()
    _rgba(tmp_path / "a.png")
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((8, 8, 4), 9000, np.uint16))
    ClipLibrary(tmp_path).check()
    (tmp_path / "clips").mkdir()
    barely = np.zeros((3, 8, 8, 4), np.uint8)
    barely[2, 7, 7] = 1
    np.save(tmp_path / "clips" / "a.npy", barely)
    ClipLibrary(tmp_path / "clips").check()


def test_pictures_that_show_nothing_are_named_when_they_are_read(tmp_path: Path) -> None:
    _rgba(tmp_path / "a.png", alpha=0)
    with pytest.raises(InputError, match=r"a\.png has an alpha of 0 everywhere"):
        read_pictures((tmp_path / "a.png",))
