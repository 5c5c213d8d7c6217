"""The validation set is the same everywhere and says what it lacks; the sources' split keeps families together."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from stfam.core.errors import InputError
from stfam.core.training import sources
from stfam.core.training.synthesis import validation
from stfam.core.training.synthesis.validation import Plan, build, plans, validation_set

FEW = (
    Plan("disc", "blur", validation.MATTING, 3),
    Plan("fixed", "hard", validation.STILL, 0),
    Plan("r", "", validation.MATTING, 701, rendered=True),
)


def photograph(seed: int, size: tuple[int, int] = (640, 480)) -> np.ndarray:
    grid = np.random.default_rng(seed).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    return cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for n in range(2):
        np.save(folder / f"{n}.npy", photograph(n))
    return folder


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "plans", lambda: FEW)
    monkeypatch.setattr(validation, "MATTING_FRAMES", 3)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    "damaged", [lambda whole: b"", lambda whole: whole[:100], lambda whole: whole[:9000],
                lambda whole: re.sub(rb"(?s)(PK\x01\x02..).", lambda head: head[1] + b"\xff", whole)],
    ids=["empty", "a head", "half", "version"],
)  # fmt: skip
def test_a_damaged_clip_is_named_and_built_again(
    images: Path, tmp_path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    build(tmp_path, images)
    path = tmp_path / "disc.npz"
    path.write_bytes(damaged(path.read_bytes()))
    with pytest.raises(InputError, match=r"disc\.npz is not a whole validation clip: .* --images"):
        validation_set(tmp_path)
    path.unlink()
    build(tmp_path, images)
    assert len(validation_set(tmp_path)) == 2


@pytest.mark.usefixtures("few")
def test_set_is_rebuilt_alike_and_names_missing_renders(images: Path, tmp_path: Path) -> None:
    missing = [build(tmp_path / name, images) for name in ("a", "b")]
    assert missing == [["r"], ["r"]]
    first, second = validation_set(tmp_path / "a"), validation_set(tmp_path / "b")
    assert [clip.name for clip in first] == ["disc", "fixed"]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.images, other.images)
        np.testing.assert_array_equal(one.alpha, other.alpha)
        np.testing.assert_array_equal(one.trimaps, other.trimaps)
    assert first[0].images.shape == (3, 256, 320, 3) and first[0].kind == "blur"
    for clip in first:
        assert (clip.alpha[clip.trimaps == 255] > 0.98).all() and (clip.alpha[clip.trimaps == 0] < 0.02).all()
        assert all(0.02 < (trimap == 128).mean() < 0.5 for trimap in clip.trimaps)
    np.testing.assert_array_equal(first[1].alpha[0], first[1].alpha[-1])
    assert (first[1].images[0] != first[1].images[-1]).mean() > 0.5


def test_plans_cover_every_kind_and_purpose() -> None:
    matting = [plan for plan in plans() if plan.purpose == validation.MATTING and not plan.rendered]
    ordinary, close = ([plan.kind for plan in matting if plan.close is wanted] for wanted in (False, True))
    assert {kind: ordinary.count(kind) for kind in ordinary} == dict.fromkeys(validation.KINDS, 4)
    assert {kind: close.count(kind) for kind in close} == dict.fromkeys(validation.KINDS, 1)
    assert sum(plan.purpose == validation.PROPAGATION and plan.frames == 25 for plan in plans()) >= 7
    assert len({plan.name for plan in plans()}) == len({plan.seed for plan in plans()}) == len(plans())


def test_empty_cache_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--cache"):
        validation_set(tmp_path)


def test_split_keeps_families_together_and_is_about_as_asked() -> None:
    assert sources.split_of("aloeL") == sources.split_of("aloeR")
    assert sources.split_of("graf1") == sources.split_of("graf3")
    share = np.mean([sources.split_of(f"picture-{n}-x") == "train" for n in range(2000)])
    assert share == pytest.approx(0.85, abs=0.03)


def test_preparation_drops_flat_and_repeated_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "unpacked" / "mate-backgrounds" / "usr/share"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sources, "PYTHON", ())
    monkeypatch.setattr(sources, "FOOTAGE", ())
    cv2.imwrite(str(folder / "Hills.png"), photograph(1))
    cv2.imwrite(str(folder / "Hills_small.png"), photograph(1, (560, 420)))
    cv2.imwrite(str(folder / "Lake.jpg"), photograph(2, (1600, 1200)))
    cv2.imwrite(str(folder / "Flat.png"), np.full((480, 640, 3), 90, np.uint8))
    cv2.imwrite(str(folder / "chessboard.png"), photograph(3))
    cv2.imwrite(str(folder / "tiny.png"), photograph(4, (64, 64)))
    entries = sources.prepare(tmp_path / "unpacked", tmp_path / "out")
    assert [entry["original"] for entry in entries] == ["Hills.png", "Lake.jpg"]
    assert all("CC-BY-SA-4.0" in entry["licence"] for entry in entries)
    assert json.loads((tmp_path / "out" / "sources.json").read_text()) == entries
    lake = np.load(tmp_path / "out" / entries[1]["file"])
    assert lake.shape == (1050, 1400, 3) and lake.dtype == np.uint8


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs Debian's tools")
def test_a_package_is_unpacked_whole_or_not_at_all(tmp_path: Path) -> None:
    built, debs, out = tmp_path / "built", tmp_path / "debs", tmp_path / "not" / "yet"
    (built / "DEBIAN").mkdir(parents=True)
    (built / "usr/share").mkdir(parents=True)
    (built / "usr/share/picture.txt").write_text("hills")
    control = "Package: mate-backgrounds\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y>\nDescription: x\n"
    (built / "DEBIAN/control").write_text(control)
    debs.mkdir()
    package = debs / "mate-backgrounds_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", str(built), str(package)], check=True, capture_output=True)
    whole = package.read_bytes()
    package.write_bytes(whole[:-40])
    with pytest.raises(subprocess.CalledProcessError):
        sources.unpack(debs, out)
    assert not (out / "mate-backgrounds").exists()
    package.write_bytes(whole)
    sources.unpack(debs, out)
    assert (out / "mate-backgrounds/usr/share/picture.txt").read_text() == "hills"


def test_plasma_wallpaper_is_named_by_its_folder() -> None:
    path = Path("wallpapers/Kite/contents/images/5120x2880.jpg")
    assert sources.title(sources.DEBIAN[0], path) == "plasma-workspace-wallpapers-Kite"


def test_download_without_apt_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="--debs"):
        sources.download(tmp_path)


def test_videos_are_prepared_as_footage_for_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "unpacked" / "filmed" / "walk.avi"
    path.parent.mkdir(parents=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (160, 120))
    for t in range(6):
        writer.write(np.full((120, 160, 3), (0, 0, 30 * t), np.uint8))
    writer.release()
    monkeypatch.setattr(sources, "PYTHON", ())
    monkeypatch.setattr(sources, "FOOTAGE", ((sources.Source("filmed", "walk.avi", "CC0-1.0"), 4),))
    entries = sources.prepare(tmp_path / "unpacked", tmp_path)
    assert [entry["file"] for entry in entries] == ["train/filmed-walk.video.npy"]
    frames = np.load(tmp_path / entries[0]["file"])
    assert frames.shape == (4, 120, 160, 3)
    np.testing.assert_allclose(frames[:, 60, 80, 0], [0, 30, 60, 90], atol=6)
