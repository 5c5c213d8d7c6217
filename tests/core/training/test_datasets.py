"""Data sets in the layouts that their authors publish, as small folders; and the samples drawn from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stfam.core.errors import InputError, UnreadableFrameError, UsageError
from stfam.core.training.dataset_sampler import DatasetClips, validation_clips
from stfam.core.training.datasets import LAYOUTS, TEST, TRAIN, open_dataset, open_named

from .dataset_layouts import (
    BLUE_GROUND,
    FRAMES,
    MAKERS,
    RED,
    byte,
    composite,
    make_dvm,
    make_folders,
    make_youtubematte,
    movie,
    plain,
    rgba,
    soft_disc,
    write,
)


def test_every_layout_is_tested() -> None:
    assert set(MAKERS) == set(LAYOUTS)


@pytest.fixture(params=sorted(MAKERS))
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    MAKERS[request.param](tmp_path)
    return str(request.param)


def test_alpha_of_every_frame_is_the_one_on_disk(layout: str, tmp_path: Path) -> None:
    clip = open_dataset(layout, tmp_path, TRAIN)[0]
    assert len(clip) == FRAMES
    read = clip.read(1, 2)
    loss = 0.15 if layout == "dvm" else 0.005
    for index, t in enumerate((1, 2)):
        assert np.abs(read.alpha[index] - soft_disc(t)).max() < loss


def test_samples_are_composites_of_what_they_carry(layout: str, tmp_path: Path) -> None:
    clip = DatasetClips(open_dataset(layout, tmp_path, TRAIN))(np.random.default_rng(5), frames=3, size=32)
    assert clip.image.shape == (3, 32, 32, 3)
    assert clip.alpha.shape == clip.trimap.shape == (3, 32, 32)
    assert {a.dtype for a in (clip.image, clip.foreground, clip.background, clip.trimap)} == {np.dtype(np.uint8)}
    assert (clip.trimap == 128).any()
    alpha = clip.alpha[..., None]
    expected = alpha * clip.foreground + (1 - alpha) * clip.background
    assert np.abs(expected - clip.image).mean() < 4


def test_samples_depend_on_the_generator_alone(layout: str, tmp_path: Path) -> None:
    source = DatasetClips(open_dataset(layout, tmp_path, TRAIN))
    first, again, other = (source(np.random.default_rng(seed), frames=2, size=32) for seed in (1, 1, 2))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.trimap, again.trimap)
    assert not (np.array_equal(first.trimap, other.trimap) and np.array_equal(first.image, other.image))


def test_a_short_clip_holds_its_last_frame(tmp_path: Path) -> None:
    make_youtubematte(tmp_path)
    source = DatasetClips(open_dataset("youtubematte", tmp_path, TEST))
    clip = source(np.random.default_rng(0), frames=FRAMES + 3, size=32)
    assert len(clip.alpha) == FRAMES + 3
    assert np.array_equal(clip.alpha[-1], clip.alpha[FRAMES - 1])


def test_a_short_background_goes_round(tmp_path: Path) -> None:
    make_dvm(tmp_path)
    read = open_dataset("dvm", tmp_path, TRAIN)[0].read(0, FRAMES)
    assert read.background is not None
    assert len(read.background) == FRAMES
    assert np.abs(read.background.astype(int) - plain(BLUE_GROUND)).max() < 12


def test_foregrounds_are_paired_as_the_authors_list_says(tmp_path: Path) -> None:
    make_dvm(tmp_path)
    movie(tmp_path / "bg/train/0007.mp4", [plain(RED)] * 2)
    lines = ("video+0000+0007.mp4", "image+still.png+0000.mp4", "image+not here.png+0000.mp4", "video+0000+0000.mp4")
    (tmp_path / "train_fg_bg_names.txt").write_text("\n".join(lines) + "\n")
    clips = open_dataset("dvm", tmp_path, TRAIN)
    assert [clip.name for clip in clips] == ["0000+0007", "still+0000", "0000+0000"]
    shown = [clip.read(0, 1).background for clip in clips]
    expected = (RED, BLUE_GROUND, BLUE_GROUND)
    assert all(np.abs(one.astype(int) - plain(colour)).max() < 12 for one, colour in zip(shown, expected))


def test_a_list_that_pairs_nothing_is_said(tmp_path: Path) -> None:
    make_dvm(tmp_path)
    (tmp_path / "train_fg_bg_names.txt").write_text("0000 0007\n")
    with pytest.raises(InputError, match="0000 0007"):
        open_dataset("dvm", tmp_path, TRAIN)


def test_a_single_picture_is_a_clip_that_stands_still(tmp_path: Path) -> None:
    make_folders(tmp_path)
    still = next(clip for clip in open_dataset("folders", tmp_path, TRAIN) if clip.name == "other/single")
    read = still.read(0, 3)
    assert np.array_equal(read.alpha[0], read.alpha[2])


def test_validation_clips_are_shrunk_and_have_trimaps(tmp_path: Path) -> None:
    make_youtubematte(tmp_path)
    clip = validation_clips(open_dataset("youtubematte", tmp_path, TEST), frames=3, long_side=32)[0]
    assert clip.images.shape == (3, 24, 32, 3)
    assert clip.name == "youtubematte_512x288/motion/0001"
    soft = (clip.alpha > 0.05) & (clip.alpha < 0.95)
    assert (clip.trimaps[soft] == 128).all()


@pytest.mark.parametrize(("seen", "first"), [(0, 0), (3, 0), (4, 4), (7, 6)])
def test_what_is_measured_shows_something(seen: int, first: int, tmp_path: Path) -> None:
    for t in range(10):
        write(tmp_path / f"a/pha/{t:02d}.png", byte(soft_disc(t) * (t >= seen)))
        write(tmp_path / f"a/com/{t:02d}.png", composite(t))
    (clip,) = open_dataset("youtubematte", tmp_path, TEST)
    (measured,) = validation_clips([clip], frames=4, long_side=512)
    assert np.array_equal(measured.images, clip.read(first, 4).image)
    assert (measured.trimaps == 128).any()


def test_a_background_of_another_size_covers_the_frame(tmp_path: Path) -> None:
    make_folders(tmp_path)
    write(tmp_path / "backgrounds/wall.jpg", np.full((200, 100, 3), BLUE_GROUND, np.uint8))
    clip = validation_clips(open_dataset("folders", tmp_path, TRAIN), frames=1, long_side=512)[0]
    assert np.abs(clip.images[0, 0, 0].astype(int) - BLUE_GROUND).max() < 6


@pytest.mark.parametrize("layout_name", sorted(MAKERS))
def test_an_empty_folder_is_an_error_that_names_the_layout(layout_name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=layout_name):
        open_dataset(layout_name, tmp_path, TRAIN)


def test_an_unknown_layout_is_an_error_that_lists_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="videomatting108"):
        open_dataset("coco", tmp_path, TRAIN)


def test_damaged_frames_are_named(tmp_path: Path) -> None:
    make_youtubematte(tmp_path)
    damaged = next(tmp_path.rglob("pha/0001/0002.png"))
    damaged.write_bytes(b"nothing")
    with pytest.raises(UnreadableFrameError, match=r"0002.png is .* not a whole picture of those .*\.webp"):
        open_dataset("youtubematte", tmp_path, TEST)[0].read(2, 1)


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        ({f"disc.{t:04d}.png": plain(RED) for t in range(FRAMES)}, "'disc.0000' has no alpha"),
        ({"disc.0002.png": rgba(0)[:40]}, r"disc\.0002\.png has another size"),
    ],
    ids=["no alpha", "two sizes"],
)
def test_foregrounds_that_are_no_clip_are_named(pictures: dict[str, np.ndarray], said: str, tmp_path: Path) -> None:
    make_folders(tmp_path)
    for name, picture in pictures.items():
        write(tmp_path / "foregrounds" / name, picture)
    with pytest.raises(InputError, match=said):
        _ = [clip.read(0, len(clip)) for clip in open_dataset("folders", tmp_path, TRAIN)]


def _halved(path: Path) -> None:
    write(path, plain(RED)[::2, ::2])


@pytest.mark.parametrize(
    ("layout_name", "spoil", "said"),
    [
        ("dvm", lambda root: (root / "bg/train/0000.mp4").write_bytes(b"none"), r"bg/train/0000\.mp4 .* has no frame"),
        ("dvm", lambda root: (root / "fg/video/train/0000/f.mp4").unlink(), r"0000/f\.mp4 is missing"),
        ("dvm", lambda root: _halved(root / "fg/image/train/fg/still.png"), "'still' .* two sizes, 32x24 and 64x48"),
        ("videomatting108", lambda root: (root / "frame_corr.json").unlink(), "frame_corr.json is to pair"),
        ("videomatting108", lambda root: (root / "frame_corr.json").write_text("{"), "frame_corr.json is to pair"),
        ("youtubematte", lambda root: next(root.rglob("com/0001/0001.png")).unlink(), "0002 in 'com' where .* 0001"),
        ("youtubematte", lambda root: next(root.rglob("bgr/0001/0000.png")).unlink(), "0001 in 'bgr' where .* 0000"),
        ("youtubematte", lambda root: _halved(next(root.rglob("com/0001/0000.png"))), "two sizes, 32x24 and 64x48"),
        ("v_him", lambda root: _halved(next(root.rglob("00000/01.png"))), r"01\.png has another size"),
        ("folders", lambda root: (root / "backgrounds/wall.jpg").unlink(), "neither a composite nor both"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parts_that_do_not_go_together_are_named_at_the_start(
    layout_name: str, spoil: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    MAKERS[layout_name](tmp_path)
    spoil(tmp_path)
    with pytest.raises(InputError, match=said):
        open_dataset(layout_name, tmp_path, TRAIN)


@pytest.mark.parametrize(("seen", "frames"), [(18, 19), (None, 19), (None, 1)], ids=["late", "never", "one frame"])
def test_a_clip_that_shows_nothing_at_any_time_is_named(seen: int | None, frames: int, tmp_path: Path) -> None:
    for t in range(frames):
        write(tmp_path / f"a/pha/{t:02d}.png", byte(soft_disc(t) * (t == seen)) | 1)  # as a movie's black may be
        write(tmp_path / f"a/com/{t:02d}.png", composite(t))
    if seen is not None:
        assert len(open_dataset("youtubematte", tmp_path, TEST)) == 1
        return
    with pytest.raises(InputError, match=f"'a' has no alpha above 1% in its {frames} frames.* Remove it"):
        open_dataset("youtubematte", tmp_path, TEST)


def test_clips_of_equal_file_names_are_told_apart(tmp_path: Path) -> None:
    for name in ("walk/000.png", "walk/001.png", "run/000.png", "cat.png", "cat.tif"):
        write(tmp_path / "foregrounds" / name, rgba(0))
    write(tmp_path / "backgrounds/wall.jpg", plain(BLUE_GROUND))
    names = [clip.name for clip in open_dataset("folders", tmp_path, TEST)]
    assert sorted(names) == ["cat", "cat (2)", "run/000", "walk/000"]


def test_what_a_system_leaves_beside_pictures_is_no_frame(layout: str, tmp_path: Path) -> None:
    for picture in [path for path in tmp_path.rglob("*") if path.suffix in (".png", ".jpg")]:
        picture.with_name(f"._{picture.name}").write_bytes(b"notes")
    assert len(open_dataset(layout, tmp_path, TRAIN)[0]) == FRAMES


def test_a_data_set_is_given_with_its_layout() -> None:
    with pytest.raises(UsageError, match=r"LAYOUT:DIR, .*folders.* got 'folders'"):
        open_named("folders", TRAIN)
