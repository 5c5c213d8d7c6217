"""Picture files as users have them: TIFFs of every depth, linked folders, a system's own notes."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import OpenImageIO
import pytest

from stfam.core.errors import InputError
from stfam.core.training.footage import PictureFiles
from stfam.core.training.synthesis.foregrounds import read_pictures
from stfam.core.training.synthesis.images import ImageBank
from stfam.core.training.synthesis.library import ClipLibrary
from stfam.core.training.synthesis.pictures import files_below, stored_picture

STRAIGHT = (0.8, 0.4, 0.2, 0.5)


def tiff(path: Path, depth: str, channels: int = 4) -> Path:
    """A plain TIFF of straight colours that says that they are."""
    spec = OpenImageIO.ImageSpec(80, 70, channels, depth)
    spec.attribute("oiio:UnassociatedAlpha", 1)
    writer = OpenImageIO.ImageOutput.create(str(path))
    assert writer.open(str(path), spec)
    assert writer.write_image(np.full((70, 80, channels), STRAIGHT[:channels], np.float32))
    writer.close()
    return path


@pytest.mark.parametrize("depth", ["uint8", "uint16", "half", "float"])
def test_straight_colours_of_a_tiff_stay_as_they_are(depth: str, tmp_path: Path) -> None:
    expected = np.rint(np.array(STRAIGHT) * 255)
    tiff(tmp_path / "a.tif", depth)
    for pixels in (read_pictures((tmp_path / "a.tif",))[0], PictureFiles.of(tmp_path).read(0, 1)[0]):
        assert np.abs(pixels.astype(int) - expected).max() <= 1
    bank = ImageBank(tmp_path)
    bank.check()
    assert np.abs(bank.choose(np.random.default_rng(0)).astype(int) - expected[:3]).max() <= 1


@pytest.mark.parametrize(("channels", "expected"), [(1, 3), (2, 4), (3, 3)], ids=["grey", "with alpha", "RGB"])
def test_grey_stands_for_three_colours(channels: int, expected: int, tmp_path: Path) -> None:
    stored = stored_picture(tiff(tmp_path / "a.tif", "uint8", channels))
    assert stored is not None and stored.shape == (70, 80, expected)


def test_a_tiff_that_is_cut_short_is_unreadable(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", "uint8")
    path.write_bytes(path.read_bytes()[:-400])
    assert stored_picture(path) is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"caf\udce9{suffix}").write_bytes(b"")
    bank = ImageBank(tmp_path)
    for look in (bank.check, lambda: bank.choose(np.random.default_rng(0))):
        with pytest.raises(InputError, match=r"caf\\udce9.* is no UTF-8 text"):
            look()


def test_linked_folders_count_and_a_system_s_notes_do_not(tmp_path: Path) -> None:
    for name in ("real/walk/a.png", "given/own/b.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        cv2.imwrite(str(path), np.full((20, 30, 4), 90, np.uint8))
    given = tmp_path / "given"
    (given / "linked").symlink_to("../real")
    (given / "own" / "round").symlink_to("..")
    (given / "own" / "._b.png").write_bytes(b"notes")
    (given / ".thumbnails").mkdir()
    (given / ".thumbnails" / "b.png").write_bytes(b"small")
    assert [path.relative_to(given).as_posix() for path in files_below(given)] == ["linked/walk/a.png", "own/b.png"]
    ClipLibrary(given).check()
    ImageBank(given).check()
    assert len(ClipLibrary(given)) == len(ImageBank(given)) == 2


@pytest.mark.parametrize("bank", [ImageBank, ClipLibrary], ids=["images", "clips"])
def test_each_of_several_folders_has_to_hold_something(bank: type, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "empty").mkdir()
    cv2.imwrite(str(tmp_path / "good" / "a.png"), np.full((20, 30, 4), 90, np.uint8))
    with pytest.raises(InputError, match=r"misspelt cannot be read: No such file"):
        bank(tmp_path / "good", tmp_path / "misspelt")
    with pytest.raises(InputError, match=r"in .*empty: expected"):
        bank(tmp_path / "good", tmp_path / "empty")
